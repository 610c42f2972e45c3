//! As much of HTTP/1.1 as the load needs, cheap enough not to be what is measured.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::Failure;

/// A connection that is kept alive.
pub struct Connection {
    stream: TcpStream,
    host: String,
    buffer: Vec<u8>,
}

/// An answer.
pub struct Reply {
    pub status: u16,
    head: String,
    pub body: String,
}

impl Connection {
    pub async fn open(address: &str) -> Result<Self, Failure> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self {
            stream,
            host: address.to_owned(),
            buffer: Vec::with_capacity(16 * 1024),
        })
    }

    /// A GET; `headers` are whole lines.
    pub async fn get(&mut self, path: &str, headers: &str) -> Result<Reply, Failure> {
        let host = &self.host;
        let request = format!("GET {path} HTTP/1.1\r\nHost: {host}\r\n{headers}\r\n");
        self.send(&request).await
    }

    /// A POST of a form; `headers` are whole lines.
    pub async fn post(&mut self, path: &str, headers: &str, form: &str) -> Result<Reply, Failure> {
        let (host, length) = (&self.host, form.len());
        let request = format!(
            "POST {path} HTTP/1.1\r\nHost: {host}\r\n{headers}\
             Content-Type: application/x-www-form-urlencoded\r\n\
             Content-Length: {length}\r\n\r\n{form}"
        );
        self.send(&request).await
    }

    async fn send(&mut self, request: &str) -> Result<Reply, Failure> {
        self.stream.write_all(request.as_bytes()).await?;
        self.buffer.clear();
        let end_of_head = loop {
            self.read().await?;
            if let Some(end) = self.buffer.windows(4).position(|end| end == b"\r\n\r\n") {
                break end + 4;
            }
        };
        let head = String::from_utf8(self.buffer[..end_of_head].to_vec())?;
        let status = head.get(9..12).ok_or("no status line")?.parse()?;
        let mut reply = Reply {
            status,
            head,
            body: String::new(),
        };
        let length = reply.header("content-length").map(str::parse).transpose()?;
        let end = end_of_head + length.unwrap_or(0);
        while self.buffer.len() < end {
            self.read().await?;
        }
        reply.body = String::from_utf8(self.buffer[end_of_head..end].to_vec())?;
        Ok(reply)
    }

    async fn read(&mut self) -> Result<(), Failure> {
        match self.stream.read_buf(&mut self.buffer).await? {
            0 => Err("the connection was closed".into()),
            _ => Ok(()),
        }
    }
}

impl Reply {
    /// All values of a header.
    pub fn headers<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.head.lines().filter_map(move |line| {
            let (found, value) = line.split_once(": ")?;
            found.eq_ignore_ascii_case(name).then_some(value)
        })
    }

    /// The value of a header.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| {
            let (found, value) = line.split_once(": ")?;
            found.eq_ignore_ascii_case(name).then_some(value)
        })
    }

    /// The text between two others in the body.
    pub fn between(&self, before: &str, after: &str) -> Option<&str> {
        let (_, rest) = self.body.split_once(before)?;
        rest.split_once(after).map(|(text, _)| text)
    }

    /// The reply, if it has this status.
    pub fn expect(self, status: u16) -> Result<Self, Failure> {
        match self.status == status {
            true => Ok(self),
            false => Err(format!("answered {}: {}", self.status, self.body).into()),
        }
    }
}
