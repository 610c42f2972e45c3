//! A person who signs on.

use crate::Failure;
use crate::http::{Connection, Reply};

/// Redirects that a sign-on takes at the most.
const STEPS: usize = 8;

/// The name with which everyone signs on.
pub const NAME: &str = "alice";

/// Signs on with a password in a new browser; returns its cookies as their header's value.
pub async fn sign_on(
    connection: &mut Connection,
    path: &str,
    password: &str,
) -> Result<String, Failure> {
    let mut cookies = Vec::new();
    let page = connection.get(path, "Accept: text/html\r\n").await?;
    let page = follow(connection, page, &mut cookies).await?;
    let field = |before| page.between(before, "\"").ok_or("there is no form");
    let token = field("name=\"csrf_token\" value=\"")?;
    let action = field("action=\"")?.replace("&#x2f;", "/");
    let fields = format!("username={NAME}&password={password}&action=check-password");
    let form = format!("csrf_token={token}&{fields}");
    let headers = headers(&cookies);
    let answer = connection.post(&action, &headers, &form).await?;
    let end = follow(connection, answer, &mut cookies).await?;
    match end.header("location") {
        Some(location) if location.contains("code=") => Ok(cookies.join("; ")),
        _ => Err(format!("signing on ended at {}: {}", end.status, end.body).into()),
    }
}

/// Follows redirects as long as they stay on the server.
async fn follow(
    connection: &mut Connection,
    mut reply: Reply,
    cookies: &mut Vec<String>,
) -> Result<Reply, Failure> {
    for _ in 0..STEPS {
        for cookie in reply.headers("set-cookie") {
            let pair = cookie.split(';').next().unwrap_or_default();
            let name = pair.split('=').next().unwrap_or_default();
            cookies.retain(|known: &String| known.split('=').next() != Some(name));
            if !cookie.contains("Max-Age=0") {
                cookies.push(pair.to_owned());
            }
        }
        let inside = reply.header("location").filter(|it| it.starts_with('/'));
        let Some(next) = inside.map(str::to_owned) else {
            return Ok(reply);
        };
        reply = connection.get(&next, &headers(cookies)).await?;
    }
    Err("redirected for ever".into())
}

fn headers(cookies: &[String]) -> String {
    let cookies = cookies.join("; ");
    format!("Accept: text/html\r\nCookie: {cookies}\r\n")
}
