//! JWK to JSON: the public half for the world, the private half for sealed storage only.

use data_encoding::BASE64;
use serde_json::{Map, Value};
use zeroize::Zeroizing;

use super::{Jwk, Material, Secret};
use crate::strict_base64url::{append, encode};

impl Jwk {
    /// The public half as a JSON object; a symmetric key has none.
    pub fn to_public_value(&self) -> Option<Map<String, Value>> {
        let public = self.public()?;
        let mut members = public.about_members();
        members.extend(
            public
                .public_members()
                .into_iter()
                .map(|(name, value)| (name.to_owned(), value.into())),
        );
        Some(members)
    }

    /// The public half as JSON text; a symmetric key has none.
    pub fn to_public_json(&self) -> Option<String> {
        self.to_public_value()
            .map(|members| Value::Object(members).to_string())
    }

    /// The whole key with its private parts as JSON text, for sealed storage only; wiped on drop.
    pub fn to_private_json(&self) -> Zeroizing<String> {
        // The text is written once into a buffer that is large enough, so that no copy is left behind by growth.
        let mut text = Zeroizing::new(String::with_capacity(32 * 1024));
        text.push('{');
        for (name, value) in self.public_members() {
            push_member(&mut text, name, &value);
        }
        for (name, secret) in self.private_members() {
            push_secret(&mut text, name, secret);
        }
        for (name, value) in self.about_members() {
            for piece in [
                Value::from(name).to_string().as_str(),
                ":",
                value.to_string().as_str(),
                ",",
            ] {
                text.push_str(piece);
            }
        }
        text.pop();
        text.push('}');
        text
    }

    fn public_members(&self) -> Vec<(&'static str, String)> {
        let mut members = vec![("kty", self.key_type().name().to_owned())];
        members.extend(self.curve().map(|curve| ("crv", curve.name().to_owned())));
        match self.material() {
            Material::Ec { curve, point, .. } => {
                let (x, y) = Material::coordinates(*curve, point);
                members.extend([("x", encode(x)), ("y", encode(y))]);
            }
            Material::Okp { public, .. } => members.push(("x", encode(public))),
            Material::Rsa { n, e, .. } => members.extend([("n", encode(n)), ("e", encode(e))]),
            Material::Oct { .. } => {}
        }
        members
    }

    fn private_members(&self) -> Vec<(&'static str, &Secret)> {
        match self.material() {
            Material::Ec { private, .. } | Material::Okp { private, .. } => {
                private.iter().map(|private| ("d", private)).collect()
            }
            Material::Rsa {
                private: Some(it), ..
            } => {
                vec![
                    ("d", &it.d),
                    ("p", &it.p),
                    ("q", &it.q),
                    ("dp", &it.dp),
                    ("dq", &it.dq),
                    ("qi", &it.qi),
                ]
            }
            Material::Rsa { private: None, .. } => Vec::new(),
            Material::Oct { secret } => vec![("k", secret)],
        }
    }

    fn about_members(&self) -> Map<String, Value> {
        let about = self.about();
        let mut members = Map::new();
        let mut put = |name: &str, value: Option<Value>| {
            members.extend(value.map(|value| (name.to_owned(), value)));
        };
        put("kid", about.kid.clone().map(Value::from));
        put("use", about.key_use.clone().map(Value::from));
        put("key_ops", about.key_ops.clone().map(Value::from));
        put("alg", about.alg.clone().map(Value::from));
        put("x5t#S256", about.x5t_s256.clone().map(Value::from));
        let chain: Vec<String> = about.x5c.iter().map(|der| BASE64.encode(der)).collect();
        put("x5c", (!chain.is_empty()).then(|| chain.into()));
        members
    }
}

/// Writes a member whose value needs no escaping.
fn push_member(text: &mut String, name: &str, value: &str) {
    for piece in ["\"", name, "\":\"", value, "\","] {
        text.push_str(piece);
    }
}

fn push_secret(text: &mut String, name: &str, secret: &Secret) {
    for piece in ["\"", name, "\":\""] {
        text.push_str(piece);
    }
    append(secret.bytes(), text);
    text.push_str("\",");
}
