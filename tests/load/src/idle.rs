//! People who hold a connection open: what ten thousand of them cost while nothing happens, and how long a post takes to reach all.

use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};

use serde_json::json;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    task::JoinSet,
};

use crate::{
    figures::{cpu, memory, millis},
    server::{DOMAIN, Start},
};

#[derive(Debug, clap::Args)]
pub struct Options {
    /// `WebSockets` that listen to a home timeline. Each is a file descriptor here and one in the server (`ulimit -n`).
    #[arg(long, default_value_t = 10_000)]
    sockets: usize,
    /// Posts that all of them are sent, one after the other.
    #[arg(long, default_value_t = 5)]
    posts: usize,
    /// How long nothing happens, in seconds.
    #[arg(long, default_value_t = 20)]
    quiet: u64,
}

pub async fn run(mut start: Start, options: Options) {
    for limit in ["", "_per_account", "_per_address"] {
        let setting = format!("streaming.connections{limit}={}", options.sockets + 10);
        start.settings.push(setting);
    }
    // Nobody here answers a ping, which the server takes for a sign of death in the end.
    start
        .settings
        .push("streaming.heartbeat_seconds=30".to_owned());
    let server = start.run(&[]).await;
    let token = server.person("listener");
    server.rests().await;
    let before = memory(server.pid());
    let began = Instant::now();
    let mut sockets = Vec::with_capacity(options.sockets);
    for _ in 0..options.sockets {
        sockets.push(open(server.address, &token).await);
    }
    println!(
        "{} sockets opened in {} ms",
        sockets.len(),
        millis(began.elapsed())
    );
    server.rests().await;
    let (idle, busy) = (memory(server.pid()), cpu(server.pid()));
    println!(
        "resident memory: {before} MiB before, {idle} MiB with all of them: {:.1} KiB a socket",
        idle.saturating_sub(before) as f64 * 1024.0 / options.sockets as f64
    );
    tokio::time::sleep(Duration::from_secs(options.quiet)).await;
    let busy = cpu(server.pid()).saturating_sub(busy);
    println!(
        "{} ms of processor time in {} quiet seconds, {} MiB resident",
        millis(busy),
        options.quiet,
        memory(server.pid())
    );
    for number in 0..options.posts {
        let busy = cpu(server.pid());
        let mark = format!("all of you {number}.");
        let began = Instant::now();
        let mut reading = JoinSet::new();
        for mut socket in sockets.drain(..) {
            let mark = mark.clone();
            reading.spawn(async move {
                reads(&mut socket, &mark).await;
                socket
            });
        }
        let body = json!({ "status": mark, "visibility": "unlisted" });
        server.post(&token, "/api/v1/statuses", &body).await;
        sockets = reading.join_all().await;
        let busy = cpu(server.pid()).saturating_sub(busy);
        println!(
            "post {number}: at all {} sockets after {} ms, {} ms of processor time, {} MiB resident",
            sockets.len(),
            millis(began.elapsed()),
            millis(busy),
            memory(server.pid())
        );
    }
}

async fn open(address: SocketAddr, token: &str) -> TcpStream {
    let mut socket = TcpStream::connect(address).await.unwrap();
    let request = format!(
        "GET /api/v1/streaming?stream=user HTTP/1.1\r\nHost: {DOMAIN}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: x3JJHMbDL1EzLkh9GBhXDw==\r\nAuthorization: Bearer {token}\r\n\r\n"
    );
    socket.write_all(request.as_bytes()).await.unwrap();
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        assert!(socket.read_buf(&mut head).await.unwrap() > 0, "no answer");
    }
    assert!(
        head.starts_with(b"HTTP/1.1 101"),
        "{}",
        String::from_utf8_lossy(&head)
    );
    socket
}

/// Frames are not taken apart: what is looked for is in the text of one.
async fn reads(socket: &mut TcpStream, mark: &str) {
    let mut bytes = Vec::new();
    loop {
        assert!(socket.read_buf(&mut bytes).await.unwrap() > 0, "closed");
        let found = bytes
            .windows(mark.len())
            .any(|window| window == mark.as_bytes());
        if found {
            return;
        }
    }
}
