//! One conversation: the device's connection, the server's, and the bytes between them. In either
//! direction a reader queues chunks on the shared lane and a deliverer hands them over after the delay.

use super::{carrier::Order, link::Link, shape::Direction};
use std::{io, time::Duration};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{
        TcpStream,
        tcp::{ReadHalf, WriteHalf},
    },
    sync::mpsc::{Receiver, Sender, UnboundedSender, channel},
    time::{Instant, sleep_until},
};

/// Chunks that may be on their way in one direction of one conversation; the reader waits when they are.
const IN_FLIGHT: usize = 64;

/// What travels, and when it arrives.
struct Parcel {
    arrives: Instant,
    load: Load,
}

enum Load {
    Bytes(Vec<u8>),
    /// These bytes are the last before a planned cut.
    LastBytes(Vec<u8>),
    /// The sender will send no more.
    End,
    /// The sender's connection was reset.
    Broken,
}

/// Both connections. Dropped before the conversation has ended they are reset, not closed: a broken
/// link says no goodbye.
struct Pair {
    client: TcpStream,
    server: TcpStream,
    ended: bool,
}

impl Drop for Pair {
    fn drop(&mut self) {
        if !self.ended {
            reset(&self.client);
            reset(&self.server);
        }
    }
}

fn reset(connection: &TcpStream) {
    // Fails only on a connection that is gone already.
    let _ = connection.set_zero_linger();
}

/// Connects to a server and carries the conversation until both sides have ended it.
pub(super) async fn converse(link: &Link, client: TcpStream, orders: &UnboundedSender<Order>) {
    link.heard().await;
    wait_until(Instant::now() + link.rtt()).await;
    let Some(server) = connect(link).await else {
        return reset(&client);
    };
    for connection in [&client, &server] {
        let _ = connection.set_nodelay(true);
    }
    let mut pair = Pair { client, server, ended: false };
    pair.ended = exchange(link, &mut pair, orders).await.is_ok();
}

/// The first server, beginning with the one whose turn it is, that does not refuse.
async fn connect(link: &Link) -> Option<TcpStream> {
    for upstream in link.next_upstreams() {
        if let Ok(server) = TcpStream::connect(upstream).await {
            return Some(server);
        }
    }
    None
}

async fn exchange(link: &Link, pair: &mut Pair, orders: &UnboundedSender<Order>) -> io::Result<()> {
    let (from_client, to_client) = pair.client.split();
    let (from_server, to_server) = pair.server.split();
    let (sent_up, coming_up) = channel(IN_FLIGHT);
    let (sent_down, coming_down) = channel(IN_FLIGHT);
    tokio::try_join!(
        read(link, Direction::Up, from_client, sent_up),
        deliver(link, coming_up, to_server, orders),
        read(link, Direction::Down, from_server, sent_down),
        deliver(link, coming_down, to_client, orders),
    )?;
    Ok(())
}

/// Reads chunk after chunk and waits for each to leave, so that nothing is read faster than the link takes it.
async fn read(link: &Link, direction: Direction, mut from: ReadHalf<'_>, sent: Sender<Parcel>) -> io::Result<()> {
    loop {
        // A thousand idle devices hold no buffers: room is made when something has come.
        let _ = from.readable().await;
        let mut chunk = vec![0; link.chunk_bytes(direction)];
        let taken = from.read(&mut chunk).await;
        link.heard().await;
        let (load, leaves) = match taken {
            Ok(0) => (Load::End, Instant::now()),
            Err(_) => (Load::Broken, Instant::now()),
            Ok(bytes) => {
                chunk.truncate(bytes);
                queue(link, direction, chunk).await
            }
        };
        let last = !matches!(load, Load::Bytes(_));
        wait_until(leaves).await;
        let parcel = Parcel { arrives: leaves + one_way(link), load };
        if sent.send(parcel).await.is_err() || last {
            return Ok(());
        }
    }
}

async fn queue(link: &Link, direction: Direction, mut chunk: Vec<u8>) -> (Load, Instant) {
    let Some((passage, leaves)) = link.pass(direction, chunk.len()) else {
        // The cut has been reached: this conversation waits for its end.
        return std::future::pending().await;
    };
    chunk.truncate(passage.bytes);
    (if passage.cuts { Load::LastBytes(chunk) } else { Load::Bytes(chunk) }, leaves)
}

fn one_way(link: &Link) -> Duration {
    link.rtt() / 2
}

/// Not at all when the time has come: the timer's shortest sleep is a millisecond, which a free link must not cost.
async fn wait_until(time: Instant) {
    if time > Instant::now() {
        sleep_until(time).await;
    }
}

async fn deliver(
    link: &Link,
    mut coming: Receiver<Parcel>,
    mut to: WriteHalf<'_>,
    orders: &UnboundedSender<Order>,
) -> io::Result<()> {
    while let Some(Parcel { arrives, load }) = coming.recv().await {
        wait_until(arrives).await;
        link.heard().await;
        match load {
            Load::Bytes(bytes) => to.write_all(&bytes).await?,
            Load::LastBytes(bytes) => {
                to.write_all(&bytes).await?;
                let _ = orders.send(Order::Break);
                std::future::pending::<()>().await;
            }
            Load::End => to.shutdown().await?,
            Load::Broken => return Err(io::ErrorKind::ConnectionReset.into()),
        }
    }
    Ok(())
}
