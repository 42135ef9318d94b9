//! Above and below a post: the chain that it answers, and the tree that answers it.

use std::collections::{HashMap, HashSet};

use diesel::{QueryableByName, RunQueryDsl, sql_query, sql_types::BigInt};
use kontor_domain::ids::PostId;

use crate::{Conn, Result};

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = BigInt)]
    id: i64,
}

/// The chain above, oldest first. Whether each may be read is decided when they are shown. Peers can tie a thread into a
/// ring; each post is named once all the same.
pub fn ancestors(db: &mut Conn, id: PostId, most: i64) -> Result<Vec<PostId>> {
    each!(db, |c| {
        let rows: Vec<Row> = sql_query(
            "WITH RECURSIVE up (id, parent, depth) AS ( \
               SELECT id, in_reply_to_id, 0 FROM posts WHERE id = $1 \
               UNION ALL \
               SELECT posts.id, posts.in_reply_to_id, up.depth + 1 \
                 FROM posts JOIN up ON posts.id = up.parent WHERE up.depth < $2) \
             SELECT id FROM up WHERE depth > 0 ORDER BY depth",
        )
        .bind::<BigInt, _>(id.0)
        .bind::<BigInt, _>(most)
        .load(c)?;
        let mut seen = HashSet::from([id.0]);
        let mut above: Vec<PostId> = rows
            .into_iter()
            .filter(|row| seen.insert(row.id))
            .map(|row| PostId(row.id))
            .collect();
        above.reverse();
        Ok(above)
    })
}

/// The tree below, each post before its own answers, answers by age. A ring can only close through the post itself, since a
/// post has one parent, so that is where it is cut.
pub fn descendants(db: &mut Conn, id: PostId, most: i64, depth: i64) -> Result<Vec<PostId>> {
    #[derive(QueryableByName)]
    struct Node {
        #[diesel(sql_type = BigInt)]
        id: i64,
        #[diesel(sql_type = BigInt)]
        parent: i64,
    }
    let nodes: Vec<Node> = each!(db, |c| {
        sql_query(
            "WITH RECURSIVE down (id, parent, depth) AS ( \
               SELECT id, in_reply_to_id, 1 FROM posts WHERE in_reply_to_id = $1 AND id <> $1 \
               UNION ALL \
               SELECT posts.id, posts.in_reply_to_id, down.depth + 1 \
                 FROM posts JOIN down ON posts.in_reply_to_id = down.id WHERE down.depth < $2 AND posts.id <> $1) \
             SELECT id, parent FROM down ORDER BY id LIMIT $3",
        )
        .bind::<BigInt, _>(id.0)
        .bind::<BigInt, _>(depth)
        .bind::<BigInt, _>(most)
        .load(c)
    })?;
    let mut below: HashMap<i64, Vec<i64>> = HashMap::new();
    for node in &nodes {
        below.entry(node.parent).or_default().push(node.id);
    }
    // Depth first, without recursion: a thread may be deep.
    let mut order = Vec::with_capacity(nodes.len());
    let mut stack: Vec<i64> = below
        .get(&id.0)
        .into_iter()
        .flatten()
        .rev()
        .copied()
        .collect();
    while let Some(next) = stack.pop() {
        order.push(PostId(next));
        stack.extend(below.get(&next).into_iter().flatten().rev());
    }
    Ok(order)
}
