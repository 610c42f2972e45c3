//! Organisations: what `PingID`'s clients know the server and its environments as.

mod properties;

use std::sync::Arc;
use std::time::Duration;

use domain::port::{Changes, CommitError, Random, Records, StoreError, Tenant, Versioned};
use domain::{
    Actor, AuditEvent, EnvironmentId, KeyRefusal, Organization, OrganizationKeySize, ReturnOrigin,
    Timestamp,
};

use crate::app::App;
use crate::fault::Fault;

pub use properties::{properties, read_properties};

/// How often something is decided anew when others change the same.
const TRIES: usize = 8;

/// Why an organisation is not changed.
#[derive(Debug, thiserror::Error)]
pub enum OrganizationError {
    /// The alias will not do.
    #[error(
        "an org_alias has 1 to {} letters, digits, hyphens, dots or underscores",
        Organization::MAX_ALIAS
    )]
    Alias,
    /// Another organisation has the alias.
    #[error("another organisation has the org_alias {0}")]
    AliasTaken(String),
    /// Its keys stay as they are.
    #[error(transparent)]
    Keys(#[from] KeyRefusal),
    /// The house cannot answer.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl From<StoreError> for OrganizationError {
    fn from(error: StoreError) -> Self {
        Self::Fault(error.into())
    }
}

/// What is to be set of an organisation; what is not given stays as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OrganizationSettings {
    /// Its alias.
    pub alias: Option<String>,
    /// Where answers may be posted.
    pub return_origins: Option<Vec<ReturnOrigin>>,
    /// Whether people are enrolled on the way.
    pub enrols: Option<bool>,
    /// Whether codes are sent once on the organisation's word alone.
    pub one_time_devices: Option<bool>,
}

/// The organisations of a server, to be read and changed now. One is made when it is first asked for.
pub struct Organizations<'a> {
    /// The records, of any tenant.
    pub records: &'a Records,
    /// Where keys come from.
    pub random: &'a dyn Random,
    /// The time now.
    pub now: Timestamp,
}

impl Organizations<'_> {
    /// The organisation that an environment is, or the server itself.
    ///
    /// # Errors
    /// The store cannot be read or changed.
    pub async fn of(
        &self,
        environment: Option<EnvironmentId>,
    ) -> Result<Organization, OrganizationError> {
        match self.load(environment).await? {
            Some(known) => Ok(known.record),
            None => {
                let made = self.change(&Actor::System, environment, "made", |new| Ok(new.clone()));
                made.await
            }
        }
    }

    /// The same, with what is set of it from now on.
    ///
    /// # Errors
    /// The alias will not do, or the store cannot be read or changed.
    pub async fn set(
        &self,
        actor: &Actor,
        environment: Option<EnvironmentId>,
        settings: &OrganizationSettings,
    ) -> Result<Organization, OrganizationError> {
        if let Some(alias) = &settings.alias {
            if !Organization::is_alias(alias) {
                return Err(OrganizationError::Alias);
            }
            let known = self.named(alias).await?;
            if known.is_some_and(|known| known.environment != environment) {
                return Err(OrganizationError::AliasTaken(alias.clone()));
            }
        }
        let change = |known: &Organization| {
            let mut set = known.clone();
            set.modified = self.now;
            if let Some(alias) = &settings.alias {
                set.alias.clone_from(alias);
            }
            if let Some(origins) = &settings.return_origins {
                set.return_origins.clone_from(origins);
            }
            set.enrols = settings.enrols.unwrap_or(set.enrols);
            set.one_time_devices = settings.one_time_devices.unwrap_or(set.one_time_devices);
            Ok(set)
        };
        self.change(actor, environment, "changed", change).await
    }

    /// The same, with a new key; those before it are good for no longer than `overlap`.
    ///
    /// # Errors
    /// As many are good as there may be, or the store cannot be read or changed.
    pub async fn rotate(
        &self,
        actor: &Actor,
        environment: Option<EnvironmentId>,
        size: OrganizationKeySize,
        overlap: Duration,
    ) -> Result<Organization, OrganizationError> {
        let change = |known: &Organization| known.rotated(size, overlap, self.now, self.random);
        self.change(actor, environment, "key_rotated", change).await
    }

    /// The same without one of its earlier keys.
    ///
    /// # Errors
    /// It has no such key, it is the newest one, or the store cannot be read or changed.
    pub async fn retire(
        &self,
        actor: &Actor,
        environment: Option<EnvironmentId>,
        key: &str,
    ) -> Result<Organization, OrganizationError> {
        let change = |known: &Organization| known.without_key(key, self.now);
        self.change(actor, environment, "key_retired", change).await
    }

    /// The organisation with this alias, if there is one.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn named(&self, alias: &str) -> Result<Option<Organization>, StoreError> {
        if !Organization::is_alias(alias) {
            return Ok(None);
        }
        let alias = alias.to_ascii_lowercase();
        let found = self.system().find::<Organization>(0, alias).await?;
        Ok(found.into_iter().next().map(|found| found.record))
    }

    /// The organisation that an environment is, or the server itself, if it has been made.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn known(
        &self,
        environment: Option<EnvironmentId>,
    ) -> Result<Option<Organization>, StoreError> {
        Ok(self.load(environment).await?.map(|known| known.record))
    }

    async fn load(
        &self,
        environment: Option<EnvironmentId>,
    ) -> Result<Option<Versioned<Organization>>, StoreError> {
        let tenant = environment.map_or(Tenant::DEFAULT, EnvironmentId::tenant);
        self.system().get(Organization::key_of(tenant)).await
    }

    async fn change(
        &self,
        actor: &Actor,
        environment: Option<EnvironmentId>,
        deed: &str,
        change: impl Fn(&Organization) -> Result<Organization, KeyRefusal>,
    ) -> Result<Organization, OrganizationError> {
        for _ in 0..TRIES {
            let known = self.load(environment).await?;
            let before = match &known {
                Some(known) => known.record.clone(),
                None => Organization::new(environment, self.now, self.random),
            };
            let after = change(&before)?;
            let mut changes = Changes::none();
            changes.upsert(known.as_ref(), &after);
            changes.insert(&self.event(deed, actor, &after));
            match self.system().commit(changes).await {
                Ok(()) => return Ok(after),
                // Somebody else was faster, if it is not with the same alias.
                Err(CommitError::Conflict | CommitError::Claimed) => {
                    let holder = self.named(&after.alias).await?;
                    if holder.is_some_and(|holder| holder.environment != environment) {
                        return Err(OrganizationError::AliasTaken(after.alias));
                    }
                }
                Err(CommitError::Store(error)) => return Err(error.into()),
            }
        }
        Err(Fault::Contention.into())
    }

    fn event(&self, deed: &str, actor: &Actor, organization: &Organization) -> AuditEvent {
        let name = format!("pingid.organization.{deed}");
        let event = AuditEvent::new(&name, actor.clone(), self.now, self.random);
        let event = match organization.environment {
            Some(id) => event.with("environment", id.to_string()),
            None => event,
        };
        let origins = organization.return_origins.iter();
        let origins: Vec<String> = origins.map(ToString::to_string).collect();
        let keys = organization.keys(self.now);
        let keys: Vec<&str> = keys.map(|key| key.id.as_str()).collect();
        event
            .with("org_alias", organization.alias.clone())
            .with("return_origins", origins)
            .with("enrols", organization.enrols)
            .with("one_time_devices", organization.one_time_devices)
            .with("keys", keys)
    }

    fn system(&self) -> Records {
        self.records.of(Tenant::SYSTEM)
    }
}

impl App {
    /// What `PingID`'s clients know it as, if anybody has asked for that.
    pub(crate) async fn organization(&self) -> Result<Option<Organization>, StoreError> {
        let environment = self.site.environment.map(|it| it.env);
        self.organizations().known(environment).await
    }

    /// The organisation with this alias, and the house that it is, if there is one.
    pub(crate) async fn organization_named(
        self: &Arc<Self>,
        alias: &str,
    ) -> Result<Option<(Organization, Arc<Self>)>, Fault> {
        let Some(organization) = self.organizations().named(alias.trim()).await? else {
            return Ok(None);
        };
        let house = match organization.environment {
            None => Some(Arc::clone(self)),
            Some(id) => self.environment(id).await?,
        };
        Ok(house.map(|house| (organization, house)))
    }

    /// The organisations of the server.
    pub(crate) fn organizations(&self) -> Organizations<'_> {
        Organizations {
            records: &self.records,
            random: self.random(),
            now: self.now(),
        }
    }
}
