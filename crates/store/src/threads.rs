//! Above and below a post: the chain that it answers, and the tree that answers it.

use std::collections::{HashMap, HashSet};

use diesel::{
    Connection, QueryResult, QueryableByName, RunQueryDsl,
    backend::Backend,
    prelude::*,
    query_builder::{AstPass, Query, QueryFragment, QueryId},
    serialize::ToSql,
    sql_query,
    sql_types::{BigInt, Integer},
};
use kontor_domain::{audience::Viewer, ids::PostId};

use crate::{
    Conn, Result, Tx,
    audience::viewer_id,
    prepared::{Bind, Prepared, kept},
    schema::posts,
};

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

/// What the viewer may read of the tree below, each post before its own answers, answers by age. Of more than `most`, those
/// nearest to the post. What may not be read takes no place; the walk goes on behind it, as far as somebody answered it, and
/// ends for good after a few times as many posts as are wanted. A ring can only close through the post itself, since a post has
/// one parent, so that is where it is cut.
pub fn descendants(
    db: &mut Conn,
    viewer: Viewer,
    id: PostId,
    most: i64,
    depth: i64,
) -> Result<Vec<PostId>> {
    let viewer = viewer_id(viewer);
    let nodes: Vec<Node> = each!(
        db,
        sqlite
            | c
            | Below {
                root: id.0,
                depth,
                walked: most.saturating_mul(WALKED),
                visible: visible_to!(viewer),
                walk: Walk::Queue,
            }
            .load(c),
        postgres
            | c
            | Below {
                root: id.0,
                depth,
                walked: most.saturating_mul(WALKED),
                visible: visible_to!(viewer),
                walk: Walk::Lateral,
            }
            .load(c)
    )?;
    let shown: HashSet<i64> = nodes
        .iter()
        .filter(|(_, _, readable)| *readable == 1)
        .map(|(node, _, _)| *node)
        .take(usize::try_from(most).unwrap_or(0))
        .collect();
    let mut below: HashMap<i64, Vec<i64>> = HashMap::new();
    for (node, parent, _) in &nodes {
        below.entry(*parent).or_default().push(*node);
    }
    for answers in below.values_mut() {
        answers.sort_unstable();
    }
    // Depth first, without recursion: a thread may be deep.
    let mut order = Vec::with_capacity(shown.len());
    let mut stack: Vec<i64> = below
        .get(&id.0)
        .into_iter()
        .flatten()
        .rev()
        .copied()
        .collect();
    while let Some(next) = stack.pop() {
        if shown.contains(&next) {
            order.push(PostId(next));
        }
        stack.extend(below.get(&next).into_iter().flatten().rev());
    }
    Ok(order)
}

/// The thread of a post: the id of the post that it began with. `None`: the post is gone.
pub fn thread_of(db: &mut Conn, post: PostId) -> Result<Option<i64>> {
    let found: Option<Option<i64>> = each!(db, |c| posts::table
        .find(post)
        .select(posts::thread_id)
        .first(c)
        .optional())?;
    Ok(found.map(|thread| thread.unwrap_or(post.0)))
}

/// What the first post that is known of a thread answers, if that is not here.
pub fn missing_above(db: &mut Conn, post: PostId) -> Result<Option<String>> {
    let Some(first) = thread_of(db, post)? else {
        return Ok(None);
    };
    let found: Option<Option<String>> = each!(db, |c| posts::table
        .find(PostId(first))
        .filter(posts::in_reply_to_id.is_null())
        .select(posts::in_reply_to_uri)
        .first(c)
        .optional())?;
    Ok(found.flatten())
}

/// A post that is new here, and that nothing hangs on yet, answers another and is of its thread.
pub fn enter(tx: &mut Tx<'_>, post: PostId, parent: PostId) -> Result<()> {
    let text = "UPDATE posts SET thread_id = (SELECT COALESCE(parent.thread_id, parent.id) FROM posts AS parent \
         WHERE parent.id = ?) WHERE id = ?";
    let binds = vec![Bind::Big(parent.0), Bind::Big(post.0)];
    each!(tx, |c| Prepared::new(text, binds).execute(c))?;
    Ok(())
}

/// A post answers another, and is of its thread from now on, with whatever hung on it.
pub fn join(tx: &mut Tx<'_>, post: PostId, parent: PostId) -> Result<()> {
    let (Some(from), Some(to)) = (thread_of(tx, post)?, thread_of(tx, parent)?) else {
        return Ok(());
    };
    if from == to {
        return Ok(());
    }
    each!(tx, |c| {
        kept(diesel::update(posts::table.filter(posts::id.eq(post))).set(posts::thread_id.eq(to)))
            .execute(c)?;
        kept(
            diesel::update(posts::table.filter(posts::thread_id.eq(from)))
                .set(posts::thread_id.eq(to)),
        )
        .execute(c)
    })?;
    Ok(())
}

/// The same for a post that was here before what it answers: who muted the thread when it was known by another beginning has
/// muted it still, and who speaks there goes on.
pub fn rejoin(tx: &mut Tx<'_>, post: PostId, parent: PostId) -> Result<()> {
    let (Some(from), Some(to)) = (thread_of(tx, post)?, thread_of(tx, parent)?) else {
        return Ok(());
    };
    join(tx, post, parent)?;
    each!(tx, |c| {
        let carried = [
            (
                "INSERT INTO muted_threads (account_id, thread_id, created_at) \
                 SELECT account_id, ?, created_at FROM muted_threads WHERE thread_id = ? ON CONFLICT DO NOTHING",
                vec![to, from],
            ),
            (
                "DELETE FROM muted_threads WHERE thread_id = ? AND thread_id <> ?",
                vec![from, to],
            ),
            (
                "UPDATE conversations SET thread_id = ? WHERE thread_id = ? AND NOT EXISTS \
                 (SELECT 1 FROM conversations AS other WHERE other.account_id = conversations.account_id \
                  AND other.thread_id = ? AND other.circle = conversations.circle)",
                vec![to, from, to],
            ),
        ];
        for (text, values) in carried {
            let binds = values.into_iter().map(Bind::Big).collect();
            Prepared::new(text, binds).execute(c)?;
        }
        QueryResult::Ok(())
    })?;
    Ok(())
}

/// Posts that are walked for each that is wanted: some may not be read, and lead to others that may.
const WALKED: i64 = 4;

/// A post, what it answers, and 1 if it may be read.
type Node = (i64, i64, i32);

/// The databases walk a tree breadth first, and end with a limit, only when they are asked so.
#[derive(Debug, Clone, Copy)]
enum Walk {
    /// `SQLite`: the rows that wait are ordered (its documentation of WITH, section 3.4).
    Queue,
    /// PostgreSQL: each round takes its rows in order, and rounds end with the limit (its documentation of WITH, 7.8.2).
    Lateral,
}

/// The recursive question, around the one condition that says who may read a post.
struct Below<V> {
    root: i64,
    depth: i64,
    walked: i64,
    visible: V,
    walk: Walk,
}

impl<V> QueryId for Below<V> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<V> Query for Below<V> {
    type SqlType = (BigInt, BigInt, Integer);
}

impl<V, C: Connection> RunQueryDsl<C> for Below<V> {}

impl<V, DB> QueryFragment<DB> for Below<V>
where
    DB: Backend,
    V: QueryFragment<DB>,
    i64: ToSql<BigInt, DB>,
{
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        out.push_sql(
            "WITH RECURSIVE down (id, parent, readable, depth) AS (SELECT top.*, 1 FROM (",
        );
        self.answers(&mut out, "")?;
        out.push_sql(" WHERE posts.in_reply_to_id = ");
        out.push_bind_param::<BigInt, _>(&self.root)?;
        self.wanted(&mut out)?;
        self.in_order(&mut out)?;
        out.push_sql(") AS top UNION ALL ");
        match self.walk {
            Walk::Queue => {
                self.answers(&mut out, ", down.depth + 1")?;
                out.push_sql(", down WHERE posts.in_reply_to_id = down.id AND down.depth < ");
                out.push_bind_param::<BigInt, _>(&self.depth)?;
                self.wanted(&mut out)?;
                out.push_sql(" ORDER BY 4, 3 DESC, 1");
            }
            Walk::Lateral => {
                out.push_sql("SELECT next.*, down.depth + 1 FROM down CROSS JOIN LATERAL (");
                self.answers(&mut out, "")?;
                out.push_sql(" WHERE posts.in_reply_to_id = down.id");
                self.wanted(&mut out)?;
                self.in_order(&mut out)?;
                out.push_sql(") AS next WHERE down.depth < ");
                out.push_bind_param::<BigInt, _>(&self.depth)?;
            }
        }
        out.push_sql(") SELECT id, parent, readable FROM down LIMIT ");
        out.push_bind_param::<BigInt, _>(&self.walked)
    }
}

impl<V> Below<V> {
    fn answers<'b, DB>(
        &'b self,
        out: &mut AstPass<'_, 'b, DB>,
        depth: &'static str,
    ) -> QueryResult<()>
    where
        DB: Backend,
        V: QueryFragment<DB>,
    {
        out.push_sql("SELECT posts.id, posts.in_reply_to_id AS parent, CASE WHEN (");
        self.visible.walk_ast(out.reborrow())?;
        out.push_sql(") THEN 1 ELSE 0 END AS readable");
        out.push_sql(depth);
        out.push_sql(" FROM posts");
        Ok(())
    }

    /// What may not be read is no end in itself: it is walked where it leads to something.
    fn wanted<'b, DB>(&'b self, out: &mut AstPass<'_, 'b, DB>) -> QueryResult<()>
    where
        DB: Backend,
        V: QueryFragment<DB>,
        i64: ToSql<BigInt, DB>,
    {
        out.push_sql(" AND posts.id <> ");
        out.push_bind_param::<BigInt, _>(&self.root)?;
        out.push_sql(" AND (");
        self.visible.walk_ast(out.reborrow())?;
        out.push_sql(
            " OR EXISTS (SELECT 1 FROM posts AS further WHERE further.in_reply_to_id = posts.id))",
        );
        Ok(())
    }

    /// What may be read first.
    fn in_order<'b, DB>(&'b self, out: &mut AstPass<'_, 'b, DB>) -> QueryResult<()>
    where
        DB: Backend,
        i64: ToSql<BigInt, DB>,
    {
        out.push_sql(" ORDER BY 3 DESC, 1 LIMIT ");
        out.push_bind_param::<BigInt, _>(&self.walked)
    }
}
