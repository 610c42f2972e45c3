//! A customer, as it is printed: keys by their names alone.

use authn::recognize::Customer;
use serde_json::{Value, json};

/// What is told of a customer.
pub(super) fn described(customer: &Customer) -> Value {
    let keys: Vec<&str> = customer
        .api_keys
        .iter()
        .map(|key| key.name.as_str())
        .collect();
    json!({
        "name": customer.name,
        "environment": customer.environment,
        "user_authorization": customer.user_authorization,
        "authorization_lifetime": customer.authorization_lifetime,
        "origins": customer.origins,
        "api_keys": keys,
        "pin": customer.pin,
        "further_devices": customer.further_devices,
        "profile": customer.profile,
        "keep_transactions": customer.keep_transactions,
    })
}
