//! The weak link does what the tests that stand on it rely on. Times are asserted from below only: a
//! busy machine may be late, the link may not be early. Rates are proved in `lane` without a clock.

use std::{
    io::{ErrorKind, Read, Write},
    net::{Shutdown, SocketAddr, TcpListener, TcpStream},
    thread,
    time::{Duration, Instant},
};
use suanpan_testkit::weak_link::{Counted, Cut, Mode, Shape, WeakLink};

/// A server that answers every byte with `answer` and then the same byte, until its caller ends.
fn echo(answer: &'static [u8]) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let addr = listener.local_addr().expect("a bound socket has an address");
    thread::spawn(move || {
        for connection in listener.incoming().flatten() {
            thread::spawn(move || talk_back(connection, answer));
        }
    });
    addr
}

fn talk_back(mut connection: TcpStream, answer: &[u8]) {
    let mut heard = [0; 4_096];
    while let Ok(bytes @ 1..) = connection.read(&mut heard) {
        if connection.write_all(&[answer, &heard[..bytes]].concat()).is_err() {
            return;
        }
    }
}

/// An address at which nobody listens.
fn nobody() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    listener.local_addr().expect("a bound socket has an address")
}

/// Sends, ends, and reads all that comes back.
fn ask(at: SocketAddr, question: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut connection = TcpStream::connect(at)?;
    connection.write_all(question)?;
    connection.shutdown(Shutdown::Write)?;
    let mut answer = Vec::new();
    connection.read_to_end(&mut answer)?;
    Ok(answer)
}

fn broken<T: std::fmt::Debug>(outcome: std::io::Result<T>) -> bool {
    let kinds = [ErrorKind::ConnectionReset, ErrorKind::BrokenPipe, ErrorKind::NotConnected];
    matches!(&outcome, Err(error) if kinds.contains(&error.kind()))
}

#[test]
fn bytes_pass_unchanged_and_are_counted_in_either_direction() {
    let link = WeakLink::start(echo(b""), Shape::FREE);
    let sent: Vec<u8> = (0..1_000_000_u32).map(|at| (at % 251) as u8).collect();
    let mut connection = TcpStream::connect(link.addr()).unwrap();
    let mut writing = connection.try_clone().unwrap();
    let writer = thread::spawn({
        let sent = sent.clone();
        move || (writing.write_all(&sent).unwrap(), writing.shutdown(Shutdown::Write).unwrap())
    });
    let mut back = Vec::new();
    connection.read_to_end(&mut back).unwrap();
    writer.join().unwrap();
    assert!(back == sent, "{} bytes came back", back.len());
    assert_eq!(link.counted(), Counted { up_bytes: 1_000_000, down_bytes: 1_000_000, connections: 1 });
    link.reset_counts();
    assert_eq!(link.counted(), Counted::default());
}

#[test]
fn the_round_trip_and_the_rate_are_paid_for() {
    let link = WeakLink::start(echo(b""), Shape { rtt_ms: 100, bits_per_s: Some(80_000), cut: None });
    let since = Instant::now();
    ask(link.addr(), &[7; 2_000]).unwrap();
    // Opening and asking are a round trip each. The answer comes in while the question still goes out,
    // but for its last packet, so at least the 200 ms of one direction are on top.
    assert!(since.elapsed() >= Duration::from_millis(400), "{:?}", since.elapsed());
    link.set_shape(Shape { bits_per_s: Some(8_000), ..Shape::FREE });
    let since = Instant::now();
    ask(link.addr(), &[7; 500]).unwrap();
    assert!(since.elapsed() >= Duration::from_millis(1_000), "{:?}", since.elapsed());
}

#[test]
fn connections_share_one_queue() {
    let link = WeakLink::start(echo(b""), Shape { bits_per_s: Some(80_000), ..Shape::FREE });
    let addr = link.addr();
    let since = Instant::now();
    let askers: Vec<_> = (0..4).map(|_| thread::spawn(move || ask(addr, &[7; 1_000]).unwrap())).collect();
    askers.into_iter().for_each(|asker| assert_eq!(asker.join().unwrap().len(), 1_000));
    assert!(since.elapsed() >= Duration::from_millis(400), "{:?}", since.elapsed());
    assert_eq!(link.counted(), Counted { up_bytes: 4_000, down_bytes: 4_000, connections: 4 });
}

#[test]
fn a_cut_on_the_way_down_delivers_exactly_its_bytes_once() {
    let link = WeakLink::start(echo(b"0123456789"), Shape::FREE);
    for bytes in [0, 1, 9, 10, 13] {
        link.set_shape(Shape { rtt_ms: 20, ..Shape::FREE }.cut(Cut::down(bytes)));
        link.reset_counts();
        let mut connection = TcpStream::connect(link.addr()).unwrap();
        connection.write_all(b"abcd").unwrap();
        let mut come = Vec::new();
        assert!(broken(connection.read_to_end(&mut come)), "a cut connection is reset");
        assert_eq!(come, b"0123456789abcd"[..bytes as usize]);
        assert_eq!((link.counted().up_bytes, link.counted().down_bytes), (4, bytes));
        assert_eq!(ask(link.addr(), b"e").unwrap(), b"0123456789e", "the next connection is fine");
    }
}

#[test]
fn a_cut_on_the_way_up_delivers_exactly_its_bytes_and_resets_the_server_too() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let link = WeakLink::start(listener.local_addr().unwrap(), Shape::FREE.cut(Cut::up(5)));
    let mut device = TcpStream::connect(link.addr()).unwrap();
    device.write_all(b"abcdefgh").unwrap();
    let mut come = Vec::new();
    let outcome = listener.accept().unwrap().0.read_to_end(&mut come);
    assert!(broken(outcome), "the server's side is reset");
    assert_eq!(come, b"abcde");
    assert!(broken(device.read(&mut [0; 8])), "the device's side is reset");
}

#[test]
fn cut_all_resets_what_is_open_and_nothing_else() {
    let link = WeakLink::start(echo(b""), Shape::FREE);
    let mut open: Vec<_> = (0..3).map(|_| TcpStream::connect(link.addr()).unwrap()).collect();
    for connection in &mut open {
        connection.write_all(b"a").unwrap();
        connection.read_exact(&mut [0]).unwrap();
    }
    link.cut_all();
    assert!(open.iter_mut().all(|connection| broken(connection.read(&mut [0]))));
    assert_eq!(ask(link.addr(), b"b").unwrap(), b"b");
}

#[test]
fn a_link_that_is_down_refuses_and_keeps_its_port_for_later() {
    let link = WeakLink::start(echo(b""), Shape::FREE);
    for _ in 0..20 {
        link.set_mode(Mode::Refusing);
        assert_eq!(TcpStream::connect(link.addr()).unwrap_err().kind(), ErrorKind::ConnectionRefused);
        link.set_mode(Mode::Carrying);
        assert_eq!(ask(link.addr(), b"a").unwrap(), b"a");
    }
}

#[test]
fn a_silent_link_says_nothing_and_goes_on_where_it_was() {
    let link = WeakLink::start(echo(b""), Shape::FREE);
    let mut connection = TcpStream::connect(link.addr()).unwrap();
    connection.write_all(b"a").unwrap();
    connection.read_exact(&mut [0]).unwrap();
    link.set_mode(Mode::Silent);
    connection.write_all(b"b").unwrap();
    connection.set_read_timeout(Some(Duration::from_millis(50))).unwrap();
    let kind = connection.read(&mut [0]).unwrap_err().kind();
    assert!(matches!(kind, ErrorKind::WouldBlock | ErrorKind::TimedOut), "{kind}");
    assert_eq!(link.counted().up_bytes, 1);
    link.set_mode(Mode::Carrying);
    connection.set_read_timeout(None).unwrap();
    let mut come = [0];
    connection.read_exact(&mut come).unwrap();
    assert_eq!(&come, b"b");
}

#[test]
fn a_captive_portal_answers_200_with_a_page_of_its_own() {
    let link = WeakLink::start(nobody(), Shape::FREE);
    link.set_mode(Mode::Portal);
    let answer = ask(link.addr(), b"POST /sync HTTP/1.1\r\nHost: province\r\nContent-Length: 3\r\n\r\nabc").unwrap();
    let answer = String::from_utf8(answer).unwrap();
    let (head, page) = answer.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("HTTP/1.1 200 OK") && head.contains("text/html"), "{head}");
    assert!(head.ends_with(&format!("Content-Length: {}", page.len())), "{head}");
}

#[test]
fn a_balancer_takes_turns_and_passes_over_servers_that_refuse() {
    let link = WeakLink::balance(&[echo(b"1"), nobody(), echo(b"2")], Shape::FREE);
    let answers: Vec<_> = (0..6).map(|_| ask(link.addr(), b"x").unwrap()[0]).collect();
    assert!(answers.contains(&b'1') && answers.contains(&b'2'), "{answers:?}");
    link.set_upstream(echo(b"3"));
    assert_eq!(ask(link.addr(), b"x").unwrap(), b"3x");
}

#[test]
fn without_a_server_behind_it_a_connection_is_reset() {
    let link = WeakLink::start(nobody(), Shape::FREE);
    assert!(broken(ask(link.addr(), b"x")));
}

#[test]
fn a_dropped_link_resets_its_connections_and_frees_its_port() {
    let link = WeakLink::start(echo(b""), Shape::FREE);
    let mut connection = TcpStream::connect(link.addr()).unwrap();
    connection.write_all(b"a").unwrap();
    connection.read_exact(&mut [0]).unwrap();
    let addr = link.addr();
    drop(link);
    assert!(broken(connection.read(&mut [0])));
    assert_eq!(TcpStream::connect(addr).unwrap_err().kind(), ErrorKind::ConnectionRefused);
}
