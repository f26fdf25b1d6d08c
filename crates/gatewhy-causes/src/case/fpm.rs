//! PHP-FPM's pools, as they are configured.
use super::Case;
use super::peer::Dial;
use gatewhy_facts::fact::{Fact, Source};
use gatewhy_facts::nginx::files::{Files, Kind};
use gatewhy_facts::path::HostPath;
use gatewhy_facts::php_fpm::pool::{self, Listen, Pool};
use gatewhy_facts::prelude::*;

/// One pool of one PHP-FPM.
#[derive(Clone, Debug, PartialEq)]
pub struct PoolFile {
    /// The service that runs it: `php8.2-fpm.service`.
    pub unit: String,
    /// The file it stands in.
    pub file: HostPath,
    /// The line of its `listen`.
    pub listen_line: u32,
    /// Its name.
    pub name: String,
    /// Its settings.
    pub pool: Pool,
}

impl PoolFile {
    /// Where it listens.
    pub fn dial(&self) -> Option<Dial> {
        match &self.pool.listen.as_ref()?.value {
            Listen::Unix(path) => Some(Dial::Unix(HostPath::new(path.clone()))),
            Listen::Tcp(address) => Some(Dial::Tcp(*address)),
            Listen::Port(port) => Some(Dial::Tcp(core::net::SocketAddr::from(([127, 0, 0, 1], *port)))),
        }
    }
}

impl Case<'_> {
    /// Every pool of every PHP-FPM: Debian keeps them below `/etc/php/VERSION/fpm`,
    /// Red Hat in `/etc/php-fpm.d`.
    pub fn pools(&self) -> Fact<&[PoolFile]> {
        self.cells.pools.get_or_init(|| self.read_pools()).as_ref().map(Vec::as_slice)
    }

    fn read_pools(&self) -> Fact<Vec<PoolFile>> {
        let debian = HostPath::new("/etc/php");
        let mut pools = Vec::new();
        match self.files().list(&debian) {
            Fact::Found(versions, _) => {
                for (version, _) in versions.iter().filter(|(_, kind)| *kind == Kind::Folder) {
                    let folder = debian.join(version).join("fpm/pool.d");
                    pools.extend(self.pools_in(&folder, &format!("php{version}-fpm.service")));
                }
            }
            Fact::Absent(_) => pools.extend(self.pools_in(&HostPath::new("/etc/php-fpm.d"), "php-fpm.service")),
            Fact::Unknown(gap) => return Fact::Unknown(gap),
        }
        Fact::Found(pools, Source::new("PHP-FPM's configuration"))
    }

    fn pools_in(&self, folder: &HostPath, unit: &str) -> Vec<PoolFile> {
        let names = self.files().list(folder);
        let names = names.found().cloned().unwrap_or_default();
        let files = names.into_iter().filter(|(name, _)| name.ends_with(".conf")).map(|(name, _)| folder.join(&name));
        files.flat_map(|file| self.pools_of_file(&file, unit)).collect()
    }

    fn pools_of_file(&self, file: &HostPath, unit: &str) -> Vec<PoolFile> {
        let fact = self.files().read(file);
        let Some(text) = fact.found() else { return Vec::new() };
        let pools = pool::read(file, text.bytes).pools.into_iter();
        pools.map(|pool| PoolFile {
            unit: unit.to_owned(),
            file: file.clone(),
            listen_line: pool.listen.as_ref().map_or(1, |listen| listen.place.span.line),
            name: pool.name.clone(),
            pool,
        }).collect()
    }
}
