//! A WebSocket whose reader can wait for a while and then do something else.

use std::io::{ErrorKind, Read, Write};
use std::net::{TcpStream, ToSocketAddrs};
use std::time::{Duration, Instant};

use rustls::{ClientConnection, StreamOwned};
use tungstenite::error::ProtocolError;
use tungstenite::protocol::{Role, WebSocketConfig};
use tungstenite::{Error as Fault, Message, WebSocket};
use url::Url;

use super::Connection;
use super::handshake::upgrade;
use super::tls::Tls;
use crate::error::{Deviation, Error};

/// How long a connection may take to be made, and something to be sent.
pub(super) const PATIENCE: Duration = Duration::from_secs(10);

/// The longest message that is read, in bytes: what a server may send has a fraction of it.
const MAX_MESSAGE: usize = 64 * 1024;

/// A connection, with TLS or to this very machine.
enum Stream {
    Tls(Box<StreamOwned<ClientConnection, TcpStream>>),
    Plain(TcpStream),
}

impl Stream {
    const fn tcp(&self) -> &TcpStream {
        match self {
            Self::Tls(stream) => &stream.sock,
            Self::Plain(stream) => stream,
        }
    }
}

impl Read for Stream {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        match self {
            Self::Tls(stream) => stream.read(buffer),
            Self::Plain(stream) => stream.read(buffer),
        }
    }
}

impl Write for Stream {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        match self {
            Self::Tls(stream) => stream.write(bytes),
            Self::Plain(stream) => stream.write(bytes),
        }
    }

    fn flush(&mut self) -> std::io::Result<()> {
        match self {
            Self::Tls(stream) => stream.flush(),
            Self::Plain(stream) => stream.flush(),
        }
    }
}

/// A connection of a session.
pub(super) struct Socket(WebSocket<Stream>);

impl Socket {
    /// Connects to a server at this address.
    pub(super) fn connect(address: &Url, tls: &Tls) -> Result<Self, Error> {
        let tcp = tcp(address)?;
        let mut stream = match address.scheme() {
            "https" => {
                let host = address.host_str().unwrap_or_default();
                Stream::Tls(Box::new(StreamOwned::new(tls.connection(host)?, tcp)))
            }
            _ => Stream::Plain(tcp),
        };
        upgrade(&mut stream, address)?;
        let config = WebSocketConfig::default()
            .max_message_size(Some(MAX_MESSAGE))
            .max_frame_size(Some(MAX_MESSAGE))
            .write_buffer_size(0);
        let socket = WebSocket::from_raw_socket(stream, Role::Client, Some(config));
        Ok(Self(socket))
    }

    fn put(&mut self, message: Message) -> Result<(), Error> {
        self.0.send(message).map_err(lost)
    }
}

fn tcp(address: &Url) -> Result<TcpStream, Error> {
    let host = address.host_str().unwrap_or_default();
    let host = host.trim_start_matches('[').trim_end_matches(']');
    let port = address.port_or_known_default().unwrap_or(443);
    let broken = |error: std::io::Error| Error::NoConnection(error.to_string());
    let mut ended = Error::NoConnection("the host has no address".to_owned());
    for address in (host, port).to_socket_addrs().map_err(broken)? {
        match TcpStream::connect_timeout(&address, PATIENCE) {
            Ok(tcp) => {
                tcp.set_nodelay(true).map_err(broken)?;
                tcp.set_read_timeout(Some(PATIENCE)).map_err(broken)?;
                tcp.set_write_timeout(Some(PATIENCE)).map_err(broken)?;
                return Ok(tcp);
            }
            Err(error) => ended = broken(error),
        }
    }
    Err(ended)
}

fn lost(fault: Fault) -> Error {
    match fault {
        Fault::Capacity(_) => Deviation::TooLong.into(),
        Fault::Protocol(ProtocolError::ResetWithoutClosingHandshake) => {
            Error::NoConnection("the connection was cut".to_owned())
        }
        Fault::Protocol(_) | Fault::Utf8(_) => Deviation::Unreadable.into(),
        fault => Error::NoConnection(fault.to_string()),
    }
}

impl Connection for Socket {
    fn send(&mut self, text: &str) -> Result<(), Error> {
        self.put(Message::text(text))
    }

    fn send_frame(&mut self, message: Vec<u8>) -> Result<(), Error> {
        self.put(Message::binary(message))
    }

    fn receive(&mut self, wait: Duration) -> Result<Option<String>, Error> {
        // A timeout of zero would be none at all.
        let wait = wait.max(Duration::from_millis(1));
        let set = self.0.get_ref().tcp().set_read_timeout(Some(wait));
        set.map_err(|error| Error::NoConnection(error.to_string()))?;
        let until = Instant::now() + wait;
        loop {
            match self.0.read() {
                Ok(Message::Text(text)) => return Ok(Some(text.to_string())),
                Ok(Message::Binary(_)) => return Err(Deviation::Unreadable.into()),
                // Whoever only sends these is not waited for any longer than whoever sends nothing.
                Ok(Message::Ping(_) | Message::Pong(_) | Message::Frame(_)) => {
                    if Instant::now() >= until {
                        return Ok(None);
                    }
                }
                Ok(Message::Close(_)) => {
                    let closed = "the server has closed the connection";
                    return Err(Error::NoConnection(closed.to_owned()));
                }
                Err(Fault::Io(error))
                    if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) =>
                {
                    return Ok(None);
                }
                Err(fault) => return Err(lost(fault)),
            }
        }
    }

    fn close(&mut self) {
        // It is over either way.
        let _ = self.0.close(None);
        let _ = self.0.flush();
        if let Stream::Tls(stream) = self.0.get_mut() {
            stream.conn.send_close_notify();
            let _ = stream.flush();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::{BufRead, BufReader};
    use std::net::TcpListener;
    use std::thread;

    use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};
    use data_encoding::BASE64;

    use super::*;
    use crate::transport::{Connect, Hosts};

    /// A server that shakes hands and then sends nothing but pings, until nobody listens.
    fn pinging() -> String {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let lines = BufReader::new(stream.try_clone().unwrap()).lines();
            let lines: Vec<String> = lines
                .map_while(Result::ok)
                .take_while(|line| !line.is_empty())
                .collect();
            let key = lines
                .iter()
                .find_map(|it| it.strip_prefix("Sec-WebSocket-Key: "));
            let text = format!("{}258EAFA5-E914-47DA-95CA-C5AB0DC85B11", key.unwrap());
            let accept = digest(&SHA1_FOR_LEGACY_USE_ONLY, text.as_bytes());
            let accept = BASE64.encode(accept.as_ref());
            let head = format!(
                "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
                 Sec-WebSocket-Accept: {accept}\r\nSec-WebSocket-Protocol: recognize.v2\r\n\r\n"
            );
            stream.write_all(head.as_bytes()).unwrap();
            while stream.write_all(&[0x89, 0]).is_ok() {}
        });
        address
    }

    #[test]
    fn whoever_only_sends_pings_is_not_waited_for() {
        let hosts = Hosts::new(&[pinging()], &[]).unwrap();
        let mut connection = hosts.connect().unwrap();
        let heard = connection.receive(Duration::from_millis(20)).unwrap();
        assert_eq!(heard, None);
    }
}
