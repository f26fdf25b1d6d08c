//! PHP-FPM: its pools as they are configured, and its log.
use crate::case::Case;
use crate::case::routing::peer::Dial;
use crate::case::routing::route;
use core::net::{Ipv4Addr, SocketAddr};
use gatewhy_facts::fact::{Fact, Gap, Source};
use gatewhy_facts::nginx::files::{Files, Kind};
use gatewhy_facts::path::HostPath;
use gatewhy_facts::php_fpm::config::{self, FpmConfig};
use gatewhy_facts::php_fpm::log::{self, FpmRecord};
use gatewhy_facts::php_fpm::pool::{Listen, Pool};
use gatewhy_facts::prelude::*;
use gatewhy_facts::question::{Part, Question, View};

/// How much of FPM's log is read.
const TAIL: u32 = 64 << 10;

/// One PHP-FPM installation: Debian has one for each version of PHP.
#[derive(Clone, Debug, PartialEq)]
pub struct Fpm {
    /// The service that runs it: `php8.2-fpm.service`.
    pub unit: String,
    /// Its main configuration file.
    pub main: HostPath,
    /// Its configuration on disk.
    pub config: FpmConfig,
}

/// One pool and the installation it belongs to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PoolOf<'c> {
    /// The installation.
    pub fpm: &'c Fpm,
    /// The pool.
    pub pool: &'c Pool,
}

impl PoolOf<'_> {
    /// Where it listens.
    pub fn dial(&self) -> Option<Dial> {
        match self.listen()? {
            Listen::Unix(path) => Some(Dial::Unix(path)),
            Listen::Tcp(address) => Some(Dial::Tcp(address)),
            Listen::Port(port) => Some(Dial::Tcp(SocketAddr::from((Ipv4Addr::LOCALHOST, port)))),
            Listen::Name { .. } => None,
        }
    }

    fn listen(&self) -> Option<Listen> {
        self.pool.listen(&prefix()).map(|setting| setting.value)
    }

    /// The line that says where it listens, as a source.
    pub fn listen_source(&self) -> Source {
        let place = self
            .pool
            .listen(&prefix())
            .map_or_else(|| self.pool.place.clone(), |setting| setting.place);
        route::source_of(&place)
    }

    /// FPM's own log.
    pub fn error_log(&self) -> Option<HostPath> {
        let set = self.fpm.config.global.text("error_log")?;
        (set.value != "syslog").then(|| prefix().join(&set.value))
    }
}

/// What FPM was built with; relative paths start there.
fn prefix() -> HostPath {
    HostPath::new("/usr")
}

impl<'k> Case<'k> {
    /// Every PHP-FPM installation of the host.
    pub fn fpms(&self) -> Fact<&[Fpm]> {
        self.cells
            .fpms
            .get_or_init(|| self.read_fpms())
            .as_ref()
            .map(Vec::as_slice)
    }

    /// Every pool of every installation.
    pub fn pools(&self) -> Vec<PoolOf<'_>> {
        let fpms = self.cells.fpms.get_or_init(|| self.read_fpms());
        let fpms = fpms.found().into_iter().flatten();
        fpms.flat_map(|fpm| {
            fpm.config
                .pools
                .iter()
                .map(move |pool| PoolOf { fpm, pool })
        })
        .collect()
    }

    /// Why not every pool of the host is known, if so.
    pub fn fpm_gap(&self) -> Option<Gap> {
        match self.fpms() {
            Fact::Unknown(gap) => Some(gap),
            Fact::Found(fpms, _) => fpms.iter().find_map(|fpm| fpm.config.gaps.first().cloned()),
            Fact::Absent(_) => None,
        }
    }

    /// Debian keeps each version below `/etc/php/VERSION/fpm`, Red Hat has one.
    fn read_fpms(&self) -> Fact<Vec<Fpm>> {
        let debian = HostPath::new("/etc/php");
        let listed = self.host_files().list(&debian);
        let source = Source::new("PHP-FPM's configuration");
        match listed {
            Fact::Found(versions, _) => {
                let versions = versions.iter().filter(|(_, kind)| *kind == Kind::Folder);
                let fpms = versions.filter_map(|(version, _)| {
                    self.read_fpm(
                        &debian.join(version).join("fpm/php-fpm.conf"),
                        &format!("php{version}-fpm.service"),
                    )
                });
                Fact::Found(fpms.collect(), source)
            }
            Fact::Absent(_) => {
                let red_hat = self.read_fpm(&HostPath::new("/etc/php-fpm.conf"), "php-fpm.service");
                Fact::Found(red_hat.into_iter().collect(), source)
            }
            Fact::Unknown(gap) => Fact::Unknown(gap),
        }
    }

    fn read_fpm(&self, main: &HostPath, unit: &str) -> Option<Fpm> {
        let files = self.host_files();
        if files.read(main).is_absent() {
            return None;
        }
        let config = config::load(&files, main, &prefix());
        Some(Fpm {
            unit: unit.to_owned(),
            main: main.clone(),
            config,
        })
    }

    /// The end of an installation's log, read in the given round.
    pub fn fpm_log(&self, pool: &PoolOf<'_>, round: u8) -> Fact<Vec<FpmRecord<'k>>> {
        let Some(path) = pool.error_log() else {
            return Fact::Absent(Source::new(format!("the log of {}", pool.fpm.unit)));
        };
        let question = Question::File {
            path: path.clone(),
            view: View::Host,
            part: Part::Tail { bytes: TAIL, round },
        };
        self.known
            .bytes(
                &question,
                &path.to_string(),
                "run as root, or as a member of the group adm",
            )
            .map(log::read)
    }
}
