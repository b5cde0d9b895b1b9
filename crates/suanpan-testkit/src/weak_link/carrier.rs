//! Accepts connections, or refuses them, and carries out orders: the one task that owns the listener
//! and all conversations.

use super::{link::Link, portal, pump, shape::Mode};
use std::{
    io,
    net::SocketAddr,
    sync::{Arc, mpsc as blocking},
};
use tokio::{
    net::{TcpListener, TcpSocket, TcpStream},
    sync::mpsc::{UnboundedReceiver, UnboundedSender},
    task::JoinSet,
};

/// Enough that a thousand devices may connect at once.
const BACKLOG: u32 = 4_096;

/// What the carrier is told. It answers through the channel when it is done.
pub(super) enum Order {
    /// Listen, or stop listening, as the mode says.
    Settle(blocking::Sender<()>),
    Cut(blocking::Sender<()>),
    /// From a conversation whose last bytes before a planned cut have arrived.
    Break,
    End,
}

pub(super) struct Orders {
    sender: UnboundedSender<Order>,
    received: UnboundedReceiver<Order>,
}

impl Orders {
    pub(super) fn new(sender: UnboundedSender<Order>, received: UnboundedReceiver<Order>) -> Self {
        Self { sender, received }
    }
}

/// A socket on the port that does not listen. The carrier keeps one all its life, so that the port stays
/// ours while connections are refused.
pub(super) fn bind(at: SocketAddr) -> io::Result<TcpSocket> {
    let socket = if at.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    socket.set_reuseaddr(true)?;
    socket.bind(at)?;
    Ok(socket)
}

/// Runs until [`Order::End`]. `reserved` holds the port `addr`.
pub(super) async fn carry(addr: SocketAddr, reserved: TcpSocket, link: Arc<Link>, mut orders: Orders) {
    let mut listener = None;
    let mut conversations = JoinSet::new();
    loop {
        tokio::select! {
            biased;
            order = orders.received.recv() => match order {
                Some(Order::Settle(done)) => {
                    settle(&mut listener, addr, link.mode());
                    let _ = done.send(());
                }
                Some(Order::Cut(done)) => {
                    cut(&mut conversations, &link).await;
                    let _ = done.send(());
                }
                Some(Order::Break) => cut(&mut conversations, &link).await,
                Some(Order::End) | None => break,
            },
            Some(client) = accept(&listener) => {
                link.accepted();
                conversations.spawn(receive(Arc::clone(&link), client, orders.sender.clone()));
            }
            Some(_) = conversations.join_next() => {}
        }
    }
    drop(reserved);
}

fn settle(listener: &mut Option<TcpListener>, addr: SocketAddr, mode: Mode) {
    if mode == Mode::Refusing {
        *listener = None;
    } else if listener.is_none() {
        let listening = bind(addr).and_then(|socket| socket.listen(BACKLOG));
        *listener = Some(listening.unwrap_or_else(|why| panic!("the port {addr} is reserved, and yet: {why}")));
    }
}

/// The next connection; `None` without a listener.
async fn accept(listener: &Option<TcpListener>) -> Option<TcpStream> {
    loop {
        // An error here is of the connection that was to come (or a lack of descriptors), not of the listener.
        match listener.as_ref()?.accept().await {
            Ok((client, _)) => return Some(client),
            Err(_) => tokio::task::yield_now().await,
        }
    }
}

/// Ends all conversations; dropping one resets both of its connections.
async fn cut(conversations: &mut JoinSet<()>, link: &Link) {
    conversations.shutdown().await;
    link.mended();
}

async fn receive(link: Arc<Link>, client: TcpStream, orders: UnboundedSender<Order>) {
    if link.mode() == Mode::Portal {
        portal::answer(client).await
    } else {
        pump::converse(&link, client, &orders).await
    }
}
