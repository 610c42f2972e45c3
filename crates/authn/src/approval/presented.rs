//! From a verified request to what is shown, and from what was proven to an approval.

mod render;

use domain::{
    DeviceId, Digest, Payment, Timestamp, Transaction, TransactionDraft, TransactionSource, UserId,
};
use serde::{Deserialize, Serialize};

use self::render::{Said, render};
use super::code::CodeMatched;
use super::material::{MaterialError, SignatureMaterial};
use super::shown::Shown;
use super::statement;
use super::template::{DETAILS, Method, Names, PREDEFINED, TemplateError, Templates, is_code};
use crate::evidence::Evidence;

/// Whether what a request wants approved can be shown by these methods, in whatever language it will
/// be: the template is there, and every value that it needs.
pub fn check(
    draft: &TransactionDraft,
    templates: &Templates,
    methods: &[Method],
) -> Result<(), TemplateError> {
    let names = Names {
        username: "",
        given_name: None,
        family_name: None,
        application: "",
        environment: "",
        locales: Vec::new(),
    };
    check_variables(&draft.source)?;
    let (template, variant) = template_of(&draft.source);
    for method in methods {
        for content in templates.contents(template, variant, *method)? {
            render(content, *method, Said::of(draft), &names)?;
        }
    }
    // What no text is written for is shown by a page all the same.
    page(draft, templates, &names).map(|_| ())
}

/// The transaction that `subject` is asked to approve, with what is shown of it on a page and by those
/// of these methods that there is a text for.
pub fn present(
    draft: TransactionDraft,
    subject: Option<UserId>,
    names: &Names<'_>,
    templates: &Templates,
    methods: &[Method],
) -> Result<Presented, TemplateError> {
    check_variables(&draft.source)?;
    let page = page(&draft, templates, names)?;
    let locale = page.locale.clone();
    let mut shown = vec![page];
    let (template, variant) = template_of(&draft.source);
    for method in methods.iter().filter(|it| **it != Method::Page) {
        match templates.find(template, variant, *method, &wanted(&draft, names)) {
            Ok(content) => shown.push(render(content, *method, Said::of(&draft), names)?),
            Err(TemplateError::NoContent { .. }) => {}
            Err(error) => return Err(error),
        }
    }
    let display = shown.iter().map(Shown::display).collect();
    let transaction = draft.finish(subject, locale, display);
    Ok(Presented { transaction, shown })
}

/// What a person is told by a notification that is about no transaction.
pub fn tell(
    template: &str,
    method: Method,
    names: &Names<'_>,
    templates: &Templates,
    now: Timestamp,
) -> Result<Shown, TemplateError> {
    let content = templates.find(template, None, method, &names.locales)?;
    let said = Said {
        source: None,
        time: now,
    };
    render(content, method, said, names)
}

/// A transaction together with what is shown of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Presented {
    transaction: Transaction,
    shown: Vec<Shown>,
}

impl Presented {
    /// The transaction.
    pub const fn transaction(&self) -> &Transaction {
        &self.transaction
    }

    /// What every approval of it is bound to.
    pub fn digest(&self) -> Digest {
        self.transaction.digest()
    }

    /// What is shown by one method of delivery, if there is a text for it.
    pub fn shown(&self, method: Method) -> Option<&Shown> {
        self.shown.iter().find(|shown| shown.method == method)
    }

    /// Everything that is asked for, as labels and values that can be seen, for a page that lays it
    /// out itself.
    pub fn lines(&self) -> Vec<(String, String)> {
        statement::lines(self.transaction.source(), self.transaction.locale())
    }

    /// The approval, if these factors are one: all of the person who was asked, at least one bound to
    /// this transaction, none bound to another. `by` are the methods by which it was shown.
    pub fn approved(
        &self,
        by: &[Method],
        factors: Vec<ApprovingFactor>,
    ) -> Result<ApprovedTransaction, NotApproved> {
        let digest = self.digest();
        let subject = self.transaction.subject().ok_or(NotApproved::NobodyAsked)?;
        for factor in &factors {
            if factor.user != subject {
                return Err(NotApproved::BySomeoneElse);
            }
            factor.check(&digest, self.transaction.challenge())?;
        }
        // A password alone, or a code that would fit any transaction, approves nothing.
        if !factors.iter().any(|factor| factor.binding.is_some()) {
            return Err(NotApproved::Unbound);
        }
        let shown = by.iter().map(|method| self.shown(*method).cloned());
        let shown: Option<Vec<Shown>> = shown.collect();
        let shown = shown
            .filter(|it| !it.is_empty())
            .ok_or(NotApproved::NotShown)?;
        Ok(ApprovedTransaction {
            transaction: self.transaction.clone(),
            subject,
            shown,
            factors,
        })
    }
}

/// What ties a factor to one transaction.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Binding {
    /// A one-time code that was derived from it.
    Code(CodeMatched),
    /// The person's own signature over it.
    Signature(SignatureMaterial),
}

/// A factor that was proven for an approval.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApprovingFactor {
    user: UserId,
    kind: String,
    amr: String,
    device: Option<DeviceId>,
    time: Timestamp,
    binding: Option<Binding>,
}

impl ApprovingFactor {
    /// What was proven: several factors where they were proven at once. What ties them to a transaction,
    /// if anything does, ties the first: that is the key which signs.
    pub fn all_of(evidence: &Evidence, binding: Option<Binding>) -> Vec<Self> {
        let kind = serde_json::to_value(evidence.kind()).ok();
        let kind = kind.and_then(|kind| kind.as_str().map(str::to_owned));
        let kind = kind.unwrap_or_default();
        let (mut binding, last) = (binding, evidence.amr().last());
        let factors = evidence.amr().iter().map(|amr| Self {
            user: evidence.user(),
            kind: match Some(amr) == last {
                true => kind.clone(),
                false => "device".to_owned(),
            },
            amr: (*amr).to_owned(),
            device: evidence.device(),
            time: evidence.time(),
            binding: binding.take(),
        });
        factors.collect()
    }

    /// What was proven in a session of Recognize, by a device or besides it.
    pub(crate) fn of_recognize(
        user: UserId,
        (kind, amr): (&str, &str),
        time: Timestamp,
        binding: Option<Binding>,
    ) -> Self {
        Self {
            user,
            kind: kind.to_owned(),
            amr: amr.to_owned(),
            device: None,
            time,
            binding,
        }
    }

    /// What was proven before the transaction was shown, in an earlier session or by another's word.
    pub(crate) fn earlier(user: UserId, amr: &str, time: Timestamp) -> Self {
        Self {
            user,
            kind: "session".to_owned(),
            amr: amr.to_owned(),
            device: None,
            time,
            binding: None,
        }
    }

    /// Whether it is of this evidence.
    pub(crate) fn is_of(&self, evidence: &Evidence) -> bool {
        (self.user, self.device, self.time) == (evidence.user(), evidence.device(), evidence.time())
            && evidence.amr().contains(&self.amr.as_str())
    }

    /// The kind of factor, by its stable name.
    pub fn kind(&self) -> &str {
        &self.kind
    }

    /// Its `amr` value (RFC 8176 §2).
    pub fn amr(&self) -> &str {
        &self.amr
    }

    /// The device that it was proven with.
    pub const fn device(&self) -> Option<DeviceId> {
        self.device
    }

    /// When it was proven.
    pub const fn time(&self) -> Timestamp {
        self.time
    }

    /// What ties it to a transaction.
    pub const fn binding(&self) -> Option<&Binding> {
        self.binding.as_ref()
    }

    fn check(&self, digest: &Digest, challenge: Option<&str>) -> Result<(), NotApproved> {
        match &self.binding {
            None => Ok(()),
            // RTS art. 5(1)(d): "any change to the amount or the payee results in the invalidation of
            // the authentication code generated"
            Some(Binding::Code(code)) if code.digest().matches(digest) => Ok(()),
            Some(Binding::Code(_)) => Err(NotApproved::AnotherTransaction),
            Some(Binding::Signature(material)) => Ok(material.verify(digest, challenge)?),
        }
    }
}

/// Factors that are not an approval.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotApproved {
    /// It is not known who is asked.
    #[error("it is not known who is asked")]
    NobodyAsked,
    /// A factor is of somebody who was not asked.
    #[error("a factor is of somebody who was not asked")]
    BySomeoneElse,
    /// A factor was given for another transaction.
    #[error("a factor was given for another transaction")]
    AnotherTransaction,
    /// No factor was given for this transaction in particular.
    #[error("no factor was given for this transaction in particular")]
    Unbound,
    /// It was not shown in the way that is claimed.
    #[error("it was not shown in this way")]
    NotShown,
    /// A signature is not one over this transaction.
    #[error(transparent)]
    Signature(#[from] MaterialError),
}

/// A transaction that was approved by whom it was shown to. Only [`Presented::approved`] makes one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApprovedTransaction {
    transaction: Transaction,
    subject: UserId,
    shown: Vec<Shown>,
    factors: Vec<ApprovingFactor>,
}

impl ApprovedTransaction {
    /// The transaction.
    pub const fn transaction(&self) -> &Transaction {
        &self.transaction
    }

    /// Who approved it.
    pub const fn subject(&self) -> UserId {
        self.subject
    }

    /// What was shown.
    pub fn shown(&self) -> &[Shown] {
        &self.shown
    }

    /// With what it was approved.
    pub fn factors(&self) -> &[ApprovingFactor] {
        &self.factors
    }

    /// Whether a payment that is made was approved by this (RTS art. 5(1)(c), 5(3)(a)).
    pub fn covers(&self, made: &Payment) -> bool {
        let approved = self.transaction.payments();
        approved.iter().any(|payment| payment.covers(made))
    }
}

/// The template that shows a request, and its variant.
fn template_of(source: &TransactionSource) -> (&str, Option<&str>) {
    match source {
        TransactionSource::Template { name, variant, .. } => (name, variant.as_deref()),
        TransactionSource::Pairs { .. } | TransactionSource::AuthorizationDetails { .. } => {
            ("transaction", Some(DETAILS))
        }
    }
}

fn check_variables(source: &TransactionSource) -> Result<(), TemplateError> {
    let TransactionSource::Template {
        name, variables, ..
    } = source
    else {
        return Ok(());
    };
    if variables.iter().len() > 0 && !Templates::takes_variables(name) {
        return Err(TemplateError::TakesNoVariables(name.clone()));
    }
    // What the server knows itself is not for a client to say.
    let is_reserved = |name: &str| {
        let name = name.to_ascii_lowercase();
        is_code(&name) || name == DETAILS || PREDEFINED.contains(&name.as_str())
    };
    match variables.iter().find(|it| is_reserved(&it.name)) {
        Some(variable) => Err(TemplateError::ReservedVariable(variable.name.clone())),
        None => Ok(()),
    }
}

fn wanted<'a>(draft: &'a TransactionDraft, names: &Names<'a>) -> Vec<&'a str> {
    let asked = draft.locales.iter().map(String::as_str);
    asked.chain(names.locales.iter().copied()).collect()
}

/// What a page shows: its own text, or that of a notification, or everything that was sent.
fn page(
    draft: &TransactionDraft,
    templates: &Templates,
    names: &Names<'_>,
) -> Result<Shown, TemplateError> {
    let (template, variant) = template_of(&draft.source);
    let wanted = wanted(draft, names);
    let find = |method| templates.find(template, variant, method, &wanted);
    let content = match find(Method::Page).or_else(|_| find(Method::Push)) {
        Err(TemplateError::NoContent { .. }) => {
            templates.find("transaction", Some(DETAILS), Method::Page, &wanted)?
        }
        other => other?,
    };
    render(content, Method::Page, Said::of(draft), names)
}

#[cfg(test)]
mod tests;
