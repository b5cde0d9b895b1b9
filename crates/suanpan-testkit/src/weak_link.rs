//! A link as bad as the worst there is, on the loopback: a TCP proxy with a round trip, a rate and
//! breaks, that counts every byte. Devices connect to [`WeakLink::addr`], the server stands behind it.
//! With several servers it is a plain balancer as well.
//!
//! Usable from tests without a runtime: it runs on a thread of its own and ends when dropped. Knows
//! nothing of HTTP except for the page of [`Mode::Portal`]. Chance is the caller's: a cut is a number
//! of bytes, drawn from whatever seed the test has.
//!
//! Start with [`shape`](Shape) for what a link can be; `lane` is the arithmetic of one direction,
//! `link` what all connections share, `carrier` accepts them and `pump` moves their bytes.

mod carrier;
mod lane;
mod link;
mod portal;
mod pump;
mod shape;

pub use shape::{Counted, Cut, Direction, Mode, Shape};

use carrier::Order;
use link::Link;
use std::{
    net::{Ipv4Addr, SocketAddr},
    sync::{Arc, mpsc as blocking},
    thread::JoinHandle,
};
use tokio::{
    net::TcpSocket,
    sync::mpsc::{UnboundedSender, unbounded_channel},
};

/// A proxy on 127.0.0.1 at work. Dropping it resets all connections and frees the port.
pub struct WeakLink {
    addr: SocketAddr,
    link: Arc<Link>,
    orders: UnboundedSender<Order>,
    thread: Option<JoinHandle<()>>,
}

impl WeakLink {
    /// A link to one server on a free port. Panics when no port can be had.
    pub fn start(upstream: SocketAddr, shape: Shape) -> Self {
        Self::balance(&[upstream], shape)
    }

    /// A link to several servers: connections take turns, servers that refuse are passed over. With all
    /// of them refusing, the device's connection is reset.
    pub fn balance(upstreams: &[SocketAddr], shape: Shape) -> Self {
        Self::listen(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)), upstreams, shape)
    }

    /// As [`WeakLink::balance`], at an address of the caller's choice; port 0 picks a free one.
    pub fn listen(at: SocketAddr, upstreams: &[SocketAddr], shape: Shape) -> Self {
        let reserved = carrier::bind(at).unwrap_or_else(|why| panic!("the link cannot have {at}: {why}"));
        let addr = reserved.local_addr().expect("a bound socket has an address");
        let link = Arc::new(Link::new(upstreams, shape));
        let (orders, received) = unbounded_channel();
        let thread = spawn(addr, reserved, Arc::clone(&link), carrier::Orders::new(orders.clone(), received));
        let started = Self { addr, link, orders, thread: Some(thread) };
        started.order(Order::Settle);
        started
    }

    /// Where devices connect.
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// What has crossed so far; see [`Counted`].
    pub fn counted(&self) -> Counted {
        self.link.counted()
    }

    /// Counts from zero again.
    pub fn reset_counts(&self) {
        self.link.reset_counts();
    }

    /// Changes the link under its open connections. Bytes on their way keep the delay they set out with.
    pub fn set_shape(&self, shape: Shape) {
        self.link.set_shape(shape);
    }

    /// Changes what the link does; done when this returns, so that the next connection meets the new mode.
    pub fn set_mode(&self, mode: Mode) {
        self.link.set_mode(mode);
        self.order(Order::Settle);
    }

    /// Resets every connection now; what was on its way is lost. The next connection is fine.
    pub fn cut_all(&self) {
        self.order(Order::Cut);
    }

    /// New connections go to this server.
    pub fn set_upstream(&self, upstream: SocketAddr) {
        self.set_upstreams(&[upstream]);
    }

    /// New connections take turns among these servers.
    pub fn set_upstreams(&self, upstreams: &[SocketAddr]) {
        self.link.set_upstreams(upstreams);
    }

    fn order(&self, order: fn(blocking::Sender<()>) -> Order) {
        let (done, when_done) = blocking::channel();
        self.orders.send(order(done)).expect("the carrier lives as long as the link");
        when_done.recv().expect("the carrier answers every order; its own panic is printed above");
    }
}

impl Drop for WeakLink {
    fn drop(&mut self) {
        // Both fail only after the thread has panicked, which it has then printed.
        let _ = self.orders.send(Order::End);
        let _ = self.thread.take().map(JoinHandle::join);
    }
}

fn spawn(addr: SocketAddr, reserved: TcpSocket, link: Arc<Link>, orders: carrier::Orders) -> JoinHandle<()> {
    let carry = move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        runtime.expect("a runtime needs only file descriptors").block_on(carrier::carry(addr, reserved, link, orders));
    };
    std::thread::Builder::new().name("weak-link".into()).spawn(carry).expect("a thread can be had")
}
