//! What the configuration will be once changes are made, and whether it then holds together: nothing
//! refers to something that is not there, and every document agrees with its rules.

use std::collections::{BTreeMap, BTreeSet};

use domain::port::StoreError;
use domain::{ServerSettings, Timestamp};
use serde_json::Value;

use super::{Configuration, Operator, Wanted};
use crate::admin::resource::descriptor::PLUGINS;
use crate::admin::resource::server_settings::SETTINGS;
use crate::admin::resource::{Facts, Need, PARTS, Part, RESOURCES, Resource};
use crate::admin::schema::{Document, Mention, Problems, may_mention, mentions, texts_at};

/// The configuration once changes are made.
pub(super) struct Outlook<'a> {
    /// What it is now.
    pub(super) configuration: &'a Configuration<'a>,
    /// The changes.
    pub(super) wanted: &'a [Wanted],
}

/// What the rules of a resource look at besides its documents.
pub(super) struct Surroundings<'a> {
    settings: ServerSettings,
    operator: &'a Operator,
    consulted: BTreeMap<&'static str, BTreeMap<String, Document>>,
    now: Timestamp,
}

impl Surroundings<'_> {
    /// What a document is checked against.
    pub(super) const fn facts<'a>(&'a self, existing: Option<&'a Document>) -> Facts<'a> {
        Facts {
            existing,
            settings: &self.settings,
            consulted: &self.consulted,
            operator: self.operator,
            now: self.now,
        }
    }
}

/// Something that will not be there any more.
struct Withdrawn {
    path: &'static str,
    by: Option<&'static str>,
    value: String,
}

impl<'o> Outlook<'o> {
    /// What is wrong with each of the changes: what does not agree with the rules, what refers to
    /// something that will not be there, and what others refer to.
    pub(super) async fn problems(&self) -> Result<Vec<Problems>, StoreError> {
        let mut all = Vec::with_capacity(self.wanted.len());
        for wanted in self.wanted {
            let mut problems = Problems::default();
            let is_new = wanted.before.is_none() && !wanted.id.is_empty();
            if is_new && is_address(&wanted.place()) {
                let message = "It has a meaning of its own here: choose another id.";
                problems.invalid(wanted.resource.id(), message);
            }
            if let Some(after) = &wanted.after {
                let surroundings = self.surroundings(wanted.resource).await?;
                let facts = surroundings.facts(wanted.before());
                (wanted.resource.rules.check)(after, &facts, &mut problems);
                self.check_mentions(wanted.resource, after, &mut problems)
                    .await?;
            }
            self.check_users(wanted, &mut problems).await?;
            self.check_needs(wanted, &mut problems).await?;
            all.push(problems);
        }
        Ok(all)
    }

    /// What the rules of a resource look at.
    pub(super) async fn surroundings(
        &self,
        resource: &Resource,
    ) -> Result<Surroundings<'o>, StoreError> {
        let settings = self.load(&SETTINGS, "").await?.map(Value::Object);
        let settings = settings.and_then(|it| serde_json::from_value(it).ok());
        let mut consulted = BTreeMap::new();
        for one in resource.rules.consulted {
            let found = self.load_all(one).await?;
            consulted.insert(one.path, found.into_iter().collect());
        }
        Ok(Surroundings {
            settings: settings.unwrap_or_default(),
            consulted,
            operator: &self.configuration.operator,
            now: self.configuration.now,
        })
    }

    /// Notes every reference to something that will not be there.
    async fn check_mentions(
        &self,
        resource: &Resource,
        after: &Document,
        problems: &mut Problems,
    ) -> Result<(), StoreError> {
        for mention in mentions(resource.object, after) {
            if !self.has(&mention).await? {
                let places = mention.collections.join(" or ");
                let message = format!("There is no {:?} in {places}.", mention.value);
                problems.add("not_found", &mention.field_path, message);
            }
        }
        Ok(())
    }

    /// Notes others who refer to something that will not be there any more; one of each kind.
    async fn check_users(
        &self,
        wanted: &Wanted,
        problems: &mut Problems,
    ) -> Result<(), StoreError> {
        let withdrawn = wanted.withdrawn();
        for users in RESOURCES {
            let may = |it: &Withdrawn| may_mention(users.object, it.path);
            if withdrawn.iter().any(may)
                && let Some((gone, user)) = self.user(users, &withdrawn).await?
            {
                let message = format!("{:?} is in use by the {user}.", gone.value);
                problems.add("in_use", gone.member(), message);
            }
        }
        Ok(())
    }

    /// Notes others who need what will not be as it was.
    async fn check_needs(
        &self,
        wanted: &Wanted,
        problems: &mut Problems,
    ) -> Result<(), StoreError> {
        let Some(before) = wanted.before() else {
            return Ok(());
        };
        for (users, need) in who_needs(wanted.resource.path) {
            let left = self.load_all(wanted.resource).await?;
            for (id, user) in self.load_all(users).await? {
                let is_left = |user| {
                    left.iter()
                        .any(|(_, it)| (need.is_met_by)(user, it).is_some())
                };
                if let Some(member) = (need.is_met_by)(&user, before)
                    && !is_left(&user)
                {
                    let (gone, called) = (&wanted.id, users.called());
                    let message = format!("{gone:?} is in use by the {called} {id:?} ({member}).");
                    problems.add("in_use", "", message);
                    break;
                }
            }
        }
        Ok(())
    }

    /// One of these that refers to something that will not be there any more, and is not changed.
    async fn user<'w>(
        &self,
        users: &'static Resource,
        withdrawn: &'w [Withdrawn],
    ) -> Result<Option<(&'w Withdrawn, String)>, StoreError> {
        for (id, user) in self.load_all(users).await? {
            if self.change_of(users, &id).is_some() {
                continue;
            }
            for mention in mentions(users.object, &user) {
                let gone = withdrawn.iter().find(|it| it.is_meant_by(&mention));
                if let Some(gone) = gone
                    && !self.has(&mention).await?
                {
                    let user = format!("{} {id:?}", users.called());
                    let user = user.trim_end_matches(" \"\"");
                    return Ok(Some((gone, format!("{user} ({})", mention.field_path))));
                }
            }
        }
        Ok(None)
    }

    /// Whether what is mentioned will be there.
    async fn has(&self, mention: &Mention) -> Result<bool, StoreError> {
        for path in &mention.collections {
            // Which plug-ins there are is for the rules of their instances to say.
            if path.ends_with("/descriptors") {
                return Ok(true);
            }
            let resource = RESOURCES.iter().find(|resource| resource.path == *path);
            let part = PARTS.iter().find(|part| part.path == *path);
            let found = match (part, resource) {
                (Some(part), _) => {
                    let whole = self.load(part.whole, "").await?;
                    let names = whole.map(|whole| part.names(&whole)).unwrap_or_default();
                    names.contains(&mention.value)
                }
                (None, Some(resource)) => self.is_in(resource, mention).await?,
                (None, None) => false,
            };
            if found {
                return Ok(true);
            }
        }
        Ok(false)
    }

    async fn is_in(
        &self,
        resource: &'static Resource,
        mention: &Mention,
    ) -> Result<bool, StoreError> {
        let Some(by) = mention.by.filter(|by| *by != resource.id()) else {
            let found = self.load(resource, &mention.value).await?;
            return Ok(found.is_some());
        };
        let is = |document: &Document| texts_at(document, by).contains(&*mention.value);
        let all = self.load_all(resource).await?;
        Ok(all.iter().any(|(_, document)| is(document)))
    }

    /// One of a resource.
    async fn load(
        &self,
        resource: &'static Resource,
        id: &str,
    ) -> Result<Option<Document>, StoreError> {
        if let Some(change) = self.change_of(resource, id) {
            return Ok(change.after.clone());
        }
        let found = self.configuration.load(resource, id).await?;
        Ok(found.map(|found| found.document))
    }

    /// All of a resource.
    async fn load_all(
        &self,
        resource: &'static Resource,
    ) -> Result<Vec<(String, Document)>, StoreError> {
        let stored = self.configuration.load_all(resource).await?.into_iter();
        let mut all: Vec<(String, Document)> = stored
            .filter(|(id, _)| self.change_of(resource, id).is_none())
            .map(|(id, loaded)| (id, loaded.document))
            .collect();
        let changed = self.wanted.iter().filter(|it| it.is_of(resource));
        all.extend(changed.filter_map(|it| Some((it.id.clone(), it.after.clone()?))));
        Ok(all)
    }

    fn change_of(&self, resource: &Resource, id: &str) -> Option<&Wanted> {
        let mut changes = self.wanted.iter();
        changes.find(|it| it.is_of(resource) && it.id == id)
    }
}

/// Who needs something in a collection without its id.
fn who_needs(collection: &str) -> Vec<(&'static Resource, &'static Need)> {
    let needs = |users: &&'static Resource| {
        let users = *users;
        users.rules.needs.iter().map(move |need| (users, need))
    };
    let all = RESOURCES.iter().flat_map(needs);
    all.filter(|(_, need)| need.collection == collection)
        .collect()
}

impl Wanted {
    /// What the document was.
    pub(super) fn before(&self) -> Option<&Document> {
        self.before.as_ref().map(|before| &before.document)
    }

    fn is_of(&self, resource: &Resource) -> bool {
        self.resource.path == resource.path
    }

    /// What will not be there any more.
    fn withdrawn(&self) -> Vec<Withdrawn> {
        let Some(before) = self.before() else {
            return Vec::new();
        };
        let path = self.resource.path;
        let mut withdrawn = Vec::new();
        if self.after.is_none() {
            let (by, value) = (None, self.id.clone());
            withdrawn.push(Withdrawn { path, by, value });
        }
        let members = self.resource.object.fields.iter().map(|field| field.name);
        for by in members.chain(self.resource.rules.named_by.iter().copied()) {
            let after = self.after.as_ref().map(|after| texts_at(after, by));
            let gone = &texts_at(before, by) - &after.unwrap_or_default();
            withdrawn.extend(gone.into_iter().map(|value| Withdrawn {
                path,
                by: Some(by),
                value: value.to_owned(),
            }));
        }
        for part in PARTS.iter().filter(|part| part.whole.path == path) {
            let after = self.after.as_ref().map(|after| part.names(after));
            let (after, before) = (after.unwrap_or_default(), part.names(before));
            let gone = before.into_iter().filter(|it| !after.contains(it));
            withdrawn.extend(gone.map(|value| Withdrawn {
                path: part.path,
                by: None,
                value,
            }));
        }
        withdrawn
    }
}

impl Withdrawn {
    fn is_meant_by(&self, mention: &Mention) -> bool {
        let part = PARTS.iter().find(|part| part.path == self.path);
        let resource = RESOURCES.iter().find(|it| it.path == self.path);
        let id = part.map(|part| part.id).or(resource.map(|it| it.id()));
        // Ids are mentioned with the member's name and without.
        let member = |by: Option<&'static str>| by.or(id);
        mention.collections.contains(&self.path)
            && mention.value == self.value
            && member(mention.by) == member(self.by)
    }

    /// The member of the changed document that is to stay.
    fn member(&self) -> &'static str {
        let part = PARTS.iter().find(|part| part.path == self.path);
        part.map(|part| part.member).or(self.by).unwrap_or_default()
    }
}

/// Whether something other than one of a collection has this address.
fn is_address(place: &str) -> bool {
    let described = place.strip_suffix("/descriptors");
    let is_described = |collection| PLUGINS.iter().any(|it| it.collection == collection);
    described.is_some_and(is_described) || RESOURCES.iter().any(|it| it.path == place)
}

impl Part {
    /// The names of its elements in the document that it is a part of.
    pub(crate) fn names(&self, whole: &Document) -> BTreeSet<String> {
        let elements = whole.get(self.member).and_then(Value::as_array);
        let names = elements.into_iter().flatten().map(|it| it.get(self.id));
        names
            .filter_map(|name| name.and_then(Value::as_str).map(str::to_owned))
            .collect()
    }
}
