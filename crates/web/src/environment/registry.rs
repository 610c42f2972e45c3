//! Which environments there are: adding and deleting them.

use domain::port::{Changes, CommitError, Random, Records, StoreError, Tenant, Versioned};
use domain::{
    Actor, AuditEvent, Environment, EnvironmentId, KeyFamily, Organization, Timestamp, Uuid,
};

use crate::app::KeyFactory;
use crate::fault::Fault;
use crate::keys::{SigningKeys, StoredKeys};

/// The families of keys that every environment has.
pub(super) const FAMILIES: [KeyFamily; 4] = [
    KeyFamily::P256,
    KeyFamily::Rsa,
    KeyFamily::RsaEncryption,
    KeyFamily::P256Encryption,
];

/// How often something is decided anew when others change the same.
const TRIES: usize = 8;

/// Why the environments are not changed.
#[derive(Debug, thiserror::Error)]
pub enum RegistryError {
    /// The name will not do.
    #[error(
        "the name of an environment has 1 to {} characters, none of them a control character",
        Environment::MAX_NAME
    )]
    Name,
    /// Another environment has the name.
    #[error("there is an environment {0} already")]
    NameTaken(String),
    /// There is no such environment.
    #[error("there is no environment {0}")]
    Unknown(EnvironmentId),
    /// The house cannot answer.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl From<StoreError> for RegistryError {
    fn from(error: StoreError) -> Self {
        Self::Fault(error.into())
    }
}

/// The environments among the records of a server, to be read and changed now.
pub struct Registry<'a> {
    /// The records, of any tenant.
    pub records: &'a Records,
    /// Makes the keys of a new environment.
    pub factory: &'a dyn KeyFactory,
    /// Where identifiers come from.
    pub random: &'a dyn Random,
    /// The time now.
    pub now: Timestamp,
}

impl Registry<'_> {
    /// The environments that there are, the oldest first.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn all(&self) -> Result<Vec<Environment>, StoreError> {
        let all = self.recorded().await?.into_iter().map(|it| it.record);
        let mut all: Vec<Environment> = all.filter(Environment::is_live).collect();
        all.sort_by_key(|environment| (environment.created, environment.id));
        Ok(all)
    }

    /// Adds an environment, with keys of its own.
    ///
    /// # Errors
    /// The name will not do, or the house cannot answer.
    pub async fn add(
        &self,
        actor: &Actor,
        name: &str,
        description: &str,
    ) -> Result<Environment, RegistryError> {
        let name = name.trim();
        let length = name.chars().count();
        if length == 0 || length > Environment::MAX_NAME || name.chars().any(char::is_control) {
            return Err(RegistryError::Name);
        }
        for _ in 0..TRIES {
            let known = self.recorded().await?;
            let mut live = known.iter().filter(|it| it.is_live());
            if live.any(|it| it.name == name) {
                return Err(RegistryError::NameTaken(name.to_owned()));
            }
            let id = EnvironmentId::new(self.random);
            // All that it cannot do without comes before it does.
            self.furnish(id).await?;
            let organization = known.first().map(|it| it.organization);
            let environment = Environment {
                id,
                organization: organization.unwrap_or_else(|| Uuid::new(self.random)),
                name: name.to_owned(),
                description: description.to_owned(),
                created: self.now,
                modified: self.now,
                deleted: None,
            };
            if self.commit_new(actor, &environment).await? {
                return Ok(environment);
            }
        }
        Err(Fault::Contention.into())
    }

    /// Deletes an environment with all that it has; its audit events are kept as long as all others.
    ///
    /// # Errors
    /// There is no such environment, or the house cannot answer.
    pub async fn delete(
        &self,
        actor: &Actor,
        id: EnvironmentId,
    ) -> Result<Environment, RegistryError> {
        for _ in 0..TRIES {
            let loaded = self.find(id).await?;
            let mut deleted = loaded.record.clone();
            deleted.deleted = Some(self.now);
            let mut changes = Changes::none();
            changes.replace(&loaded, &deleted);
            let organization = Organization::key_of(id.tenant());
            if let Some(organization) = self.system().get::<Organization>(organization).await? {
                changes.delete(&organization);
            }
            changes.insert(&self.event("environment.deleted", actor, &deleted));
            match self.system().commit(changes).await {
                Ok(()) => {}
                Err(CommitError::Conflict | CommitError::Claimed) => continue,
                Err(CommitError::Store(error)) => return Err(error.into()),
            }
            // What is still being written by whoever was served until now goes when the server
            // sweeps.
            self.records.of(id.tenant()).clear().await?;
            return Ok(deleted);
        }
        Err(Fault::Contention.into())
    }

    /// The environment with this id.
    async fn find(&self, id: EnvironmentId) -> Result<Versioned<Environment>, RegistryError> {
        let key = Environment::key_of(id);
        let found = self.system().get::<Environment>(key).await?;
        let found = found.filter(|found| found.id == id && found.is_live());
        found.ok_or(RegistryError::Unknown(id))
    }

    /// Also those that are deleted.
    async fn recorded(&self) -> Result<Vec<Versioned<Environment>>, StoreError> {
        self.system().all::<Environment>().await
    }

    async fn furnish(&self, id: EnvironmentId) -> Result<(), RegistryError> {
        let records = self.records.of(id.tenant());
        let keys = StoredKeys {
            records: &records,
            factory: self.factory,
            now: self.now,
        };
        for family in FAMILIES {
            keys.ensure(family).await?;
        }
        Ok(())
    }

    /// Whether nobody was faster with the same number, if anybody was.
    async fn commit_new(
        &self,
        actor: &Actor,
        environment: &Environment,
    ) -> Result<bool, RegistryError> {
        let mut changes = Changes::none();
        changes.insert(environment);
        changes.insert(&self.event("environment.added", actor, environment));
        match self.system().commit(changes).await {
            Ok(()) => Ok(true),
            Err(CommitError::Conflict | CommitError::Claimed) => Ok(false),
            Err(CommitError::Store(error)) => Err(error.into()),
        }
    }

    fn event(&self, name: &str, actor: &Actor, environment: &Environment) -> AuditEvent {
        let event = AuditEvent::new(name, actor.clone(), self.now, self.random);
        let event = event.with("environment", environment.id.to_string());
        event.with("name", environment.name.clone())
    }

    fn system(&self) -> Records {
        self.records.of(Tenant::SYSTEM)
    }
}
