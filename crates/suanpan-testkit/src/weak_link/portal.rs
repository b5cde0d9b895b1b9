//! The login page of a network that lets nobody through: status 200 and HTML, whatever was asked.

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

const PAGE: &str = "<!DOCTYPE html><html><head><title>欢迎使用无线网络</title></head>\
    <body><form action=\"/login\">请输入手机号登录上网</form></body></html>";

pub(super) async fn answer(mut client: TcpStream) {
    let head = "HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nConnection: close\r\n";
    let page = format!("{head}Content-Length: {}\r\n\r\n{PAGE}", PAGE.len());
    let mut ignored = [0; 4_096];
    let asked = client.read(&mut ignored).await;
    if !matches!(asked, Ok(1..)) || client.write_all(page.as_bytes()).await.is_err() {
        return;
    }
    let _ = client.shutdown().await;
    // A connection closed with unread bytes is reset, and the page with it: read what still comes.
    while matches!(client.read(&mut ignored).await, Ok(1..)) {}
}
