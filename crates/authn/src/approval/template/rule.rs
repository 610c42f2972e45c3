//! What the texts of a template may and must have.

use super::{Content, DETAILS, Method, NAMES, PREDEFINED, Pattern, Templates, is_code};

/// A variable in a text that may not be there, or one that must be and is not.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum VariableRefused {
    /// Nothing is known by this name.
    #[error("there is no variable {0} in this template")]
    Unknown(String),
    /// The text says nothing without it.
    #[error("the text needs the variable {0}")]
    Missing(&'static str),
}

/// The variables without which a text of this template says nothing by this method: those that the
/// built-in text cannot do without either. What is only named there may be left out.
pub fn required(template: &str, method: Method) -> Vec<&'static str> {
    let builtin = Templates::default();
    let texts = builtin.contents(template, None, method).unwrap_or_default();
    let has_code = texts.iter().any(|it| it.body.has_code());
    match template {
        _ if has_code => vec!["otp"],
        "username_recovery" => vec!["user.username"],
        _ => Vec::new(),
    }
}

/// What the text of a payment cannot do without, unless it has everything that was sent (`details`).
const PAYMENT: [&str; 3] = ["sum", "currency", "recipient"];

/// Whether requests may bring values of their own to a template; `None` if there is none of this name.
pub fn allows_dynamic_variables(template: &str) -> Option<bool> {
    let found = NAMES.iter().find(|(name, _)| *name == template);
    found.map(|(_, dynamic)| *dynamic)
}

impl Content {
    /// Whether every value in the text is one that is there when it is sent, and the ones that must be
    /// in it are.
    ///
    /// # Errors
    /// The first that is not so.
    pub fn check_variables(&self) -> Result<(), VariableRefused> {
        let needed = required(&self.template, self.method);
        let dynamic = allows_dynamic_variables(&self.template).unwrap_or_default();
        let patterns = || self.title.iter().chain([&self.body]);
        for name in patterns().flat_map(Pattern::variables) {
            let is_known = match is_code(name) {
                true => needed.contains(&"otp"),
                false => dynamic || PREDEFINED.contains(&name),
            };
            if !is_known {
                return Err(VariableRefused::Unknown(name.to_owned()));
            }
        }
        let is_there = |needed: &str| {
            patterns().any(|it| match needed {
                "otp" => it.has_code(),
                other => it.variables().any(|name| name == other),
            })
        };
        // RTS art. 5(1)(a): "the payer is made aware of the amount of the payment transaction and of the
        // payee". A notification is no place for that: the device shows the record itself.
        let tells = self.template == "transaction" && self.method != Method::Push;
        let payment = PAYMENT.into_iter().filter(|_| tells && !is_there(DETAILS));
        let mut needed = needed.into_iter().chain(payment);
        match needed.find(|needed| !is_there(needed)) {
            Some(missing) => Err(VariableRefused::Missing(missing)),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn checked(template: &str, text: &str) -> Result<(), VariableRefused> {
        let content = json!({"template": {"id": template}, "locale": "en",
            "deliveryMethod": "SMS", "content": text});
        let content: Content = serde_json::from_value(content).unwrap();
        content.check_variables()
    }

    #[test]
    fn pingone_1_5_a_text_that_carries_a_code_has_a_place_for_it() {
        assert_eq!(checked("general", "${sum} ${OTP}"), Ok(()));
        let missing = Err(VariableRefused::Missing("otp"));
        assert_eq!(checked("transaction", "${details}"), missing);
        assert_eq!(checked("strong_authentication", "Hello"), missing);
        let unknown = |name: &str| Err(VariableRefused::Unknown(name.to_owned()));
        assert_eq!(checked("sign_on_blocked", "${otp}"), unknown("otp"));
        assert_eq!(checked("sign_on_blocked", "Hello"), Ok(()));
        let named = VariableRefused::Missing("user.username");
        assert_eq!(checked("username_recovery", "You"), Err(named));
    }

    #[test]
    fn rts_5_1_a_no_text_leaves_out_the_amount_or_the_payee() {
        let whole = "${Sum} ${currency} to ${recipient}: ${otp}";
        assert_eq!(checked("transaction", whole), Ok(()));
        assert_eq!(checked("transaction", "${details} ${otp}"), Ok(()));
        for missing in PAYMENT {
            let text = whole.replace("Sum", "sum");
            let text = text.replace(&format!("${{{missing}}}"), "it");
            let refused = Err(VariableRefused::Missing(missing));
            assert_eq!(checked("transaction", &text), refused);
        }
        // Those about something else are not of a payment.
        assert_eq!(checked("strong_authentication", "${otp}"), Ok(()));
        let push = json!({"template": {"id": "transaction"}, "locale": "en",
            "deliveryMethod": "Push", "title": "A payment", "body": "Have a look."});
        let push: Content = serde_json::from_value(push).unwrap();
        assert_eq!(push.check_variables(), Ok(()));
    }

    #[test]
    fn pingone_1_5_a_variable_of_a_request_is_where_requests_bring_some() {
        assert_eq!(checked("general", "${anything} ${otp}"), Ok(()));
        let text = "${user.username} ${application.name} ${otp}";
        assert_eq!(checked("recovery_code_template", text), Ok(()));
        assert_eq!(
            checked("recovery_code_template", "${otp} ${sum}"),
            Err(VariableRefused::Unknown("sum".to_owned()))
        );
    }

    #[test]
    fn what_is_built_in_obeys_the_same_rules() {
        let builtin = Templates::default();
        for (name, _) in NAMES {
            for method in Method::ALL {
                for content in builtin.contents(name, None, method).unwrap() {
                    assert_eq!(content.check_variables(), Ok(()), "{content:?}");
                }
            }
        }
    }
}
