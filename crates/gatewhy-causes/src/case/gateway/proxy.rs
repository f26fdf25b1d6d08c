//! The proxy that answers on this host.
use crate::case::Case;
use crate::case::programs::kind::Kind;
use gatewhy_facts::fact::{Fact, Gap, Source};
use gatewhy_facts::linux::process::Process;
use gatewhy_facts::linux::processes::{Listed, Processes};
use gatewhy_facts::linux::users::Credentials;
use gatewhy_facts::path::HostPath;
use gatewhy_facts::prelude::*;
use gatewhy_facts::question::{Command, Question, View};
use gatewhy_facts::untrusted::shown;

/// Where Debian's and most other packages keep the configuration.
pub const DEFAULT_CONFIG: &str = "/etc/nginx/nginx.conf";

/// A running proxy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proxy {
    /// Which program it is.
    pub kind: Kind,
    /// The master process, or the only one.
    pub master: u32,
    /// Its workers.
    pub workers: Vec<u32>,
    /// The executable.
    pub exe: HostPath,
    /// The main configuration file.
    pub config: HostPath,
    /// As whom it sees files: the host, or its own mount namespace.
    pub view: View,
    /// Version, when it was told: `1.22.1`.
    pub version: Option<String>,
    /// The folders for temporary files that it was built with.
    pub temp_folders: Vec<HostPath>,
    /// What could not be looked at: it is known by its title and its socket's owner.
    pub unseen: Option<Gap>,
}

impl Case<'_> {
    /// The proxy of this host: the one that holds the socket the visitor reaches,
    /// else the one that should, as far as it runs.
    pub fn proxy(&self) -> Fact<&Proxy> {
        self.cells.proxy.get_or_init(|| self.find_proxy()).as_ref()
    }

    fn find_proxy(&self) -> Fact<Proxy> {
        if self.is_outside() {
            return Fact::Absent(Source::new(
                "the visitor's connection, which leaves this host",
            ));
        }
        self.processes().and_then(|all, source| {
            let masters = self.proxy_kind().masters(all);
            let chosen = self
                .door_holder(&masters, all)
                .or_else(|| self.master_behind_door(&masters))
                .or_else(|| masters.first().copied());
            match chosen {
                Some(master) => self.proxy_of(master, all),
                None => Fact::Absent(source),
            }
        })
    }

    /// The master whose processes hold the socket that visitors reach.
    fn door_holder<'a>(&self, masters: &[&'a Listed], all: &Processes) -> Option<&'a Listed> {
        let listener = self.entrance_inode()?;
        let holders = self.holders(listener).found()?.clone();
        masters
            .iter()
            .copied()
            .find(|m| holders.iter().any(|pid| all.descends(*pid, m.stat.pid)))
    }

    /// The master that lives in the container whose address visitors reach.
    fn master_behind_door<'a>(&self, masters: &[&'a Listed]) -> Option<&'a Listed> {
        let door = self.front_door().found().copied()?;
        if self.is_own_address(door.ip()) != Some(false) {
            return None;
        }
        let network = self.network_with(door.ip());
        let pid = network.found()?.pid;
        let there = |master: &&&Listed| self.shares_network_with(master.stat.pid, pid);
        masters.iter().find(there).copied()
    }

    /// Identity is the executable, never the title that a process gives itself.
    fn proxy_of(&self, master: &Listed, all: &Processes) -> Fact<Proxy> {
        let pid = master.stat.pid;
        self.process(pid).and_then(|process, source| {
            if self.proxy_kind() != Kind::Nginx {
                return Fact::Found(self.other_proxy(master, all, &process), source);
            }
            let title = title(master);
            let named = || self.named_executable(master, &process, &title);
            let (path, unseen) = match &process.exe {
                Ok(exe) => (String::from_utf8_lossy(&exe.path).into_owned(), None),
                Err(_) => match named() {
                    Some(path) => (path, Some(unseen(pid))),
                    None => return Fact::Unknown(unseen(pid)),
                },
            };
            let path = HostPath::new(path);
            let about = self.about_nginx(&path);
            let prefix =
                option(&title, "-p").or_else(|| about.as_ref().and_then(|a| a.prefix.clone()));
            let config =
                option(&title, "-c").or_else(|| about.as_ref().and_then(|a| a.config.clone()));
            let config = config.unwrap_or_else(|| DEFAULT_CONFIG.to_owned());
            let config =
                HostPath::new(prefix.unwrap_or_else(|| "/etc/nginx".to_owned())).join(&config);
            Fact::Found(
                Proxy {
                    kind: Kind::Nginx,
                    master: pid,
                    workers: workers(all, pid),
                    view: self.view_of(&process, pid),
                    temp_folders: about.as_ref().map(temp_folders).unwrap_or_default(),
                    version: about.and_then(|a| a.version),
                    exe: path,
                    config,
                    unseen,
                },
                source,
            )
        })
    }

    /// The executable that a master names in its title, where it may not be looked
    /// at. A title alone is no identity: the process must belong to the user whose
    /// listening socket visitors reach, and live in no container.
    fn named_executable(&self, master: &Listed, process: &Process, title: &str) -> Option<String> {
        let door = self.front_door().found().copied()?;
        let sockets = self.sockets().tcp.found()?;
        let owner = sockets.iter().find(|socket| socket.takes(door))?.uid;
        let status = process.status.as_ref().ok()?;
        let contained = status.ids_in_namespaces.len() > 1;
        if master.uid != Some(owner) || contained {
            return None;
        }
        let (_, command) = title.split_once(": master process ")?;
        let program = command.split(' ').next()?;
        match program {
            path if path.starts_with('/') => Some(path.to_owned()),
            "nginx" => Some("/usr/sbin/nginx".to_owned()),
            _ => None,
        }
    }

    /// Other proxies than nginx: workers are the children; the configuration is what
    /// the command line names, or the usual one.
    fn other_proxy(&self, master: &Listed, all: &Processes, process: &Process) -> Proxy {
        let pid = master.stat.pid;
        let kind = self.proxy_kind();
        let title = title(master);
        let named = kind.config_of(title.split(' '));
        let usual = || {
            kind.programs()
                .first()
                .copied()
                .unwrap_or_default()
                .to_owned()
        };
        let (exe, unseen) = match &process.exe {
            Ok(exe) => (String::from_utf8_lossy(&exe.path).into_owned(), None),
            Err(_) => (usual(), Some(unseen(pid))),
        };
        let folder = HostPath::new(kind.default_config());
        let folder = folder.parent();
        let unit_file = match kind {
            Kind::SocketProxy => self.relay_file(pid),
            _ => None,
        };
        let unnamed = || unit_file.unwrap_or_else(|| HostPath::new(kind.default_config()));
        let config = named.map_or_else(unnamed, |path| folder.join(&path));
        Proxy {
            kind,
            master: pid,
            workers: all.children(pid).map(|child| child.stat.pid).collect(),
            view: self.view_of(process, pid),
            temp_folders: Vec::new(),
            version: None,
            exe: HostPath::new(exe),
            config,
            unseen,
        }
    }

    /// Another mount namespace than ours sees other files under the same names.
    fn view_of(&self, process: &Process, pid: u32) -> View {
        let own = self.process_self();
        let theirs = process.namespaces.get("mnt").and_then(|n| n.as_ref().ok());
        match (own, theirs) {
            (Some(own), Some(theirs)) if own != *theirs => View::Process(pid),
            _ => View::Host,
        }
    }

    /// Our own mount namespace, by way of process 1, with which we share it unless
    /// we are in a container ourselves.
    fn process_self(&self) -> Option<Vec<u8>> {
        let first = self.process(1);
        first.found()?.namespaces.get("mnt")?.as_ref().ok().cloned()
    }

    /// What the executable says of itself (`-V`).
    fn about_nginx(&self, exe: &HostPath) -> Option<BuildInfo> {
        let question = Question::Run(Command::NginxVersion { exe: exe.clone() });
        let fact = self
            .known
            .bytes(&question, &format!("{exe} -V"), "run as root");
        fact.found().map(|bytes| BuildInfo::read(bytes))
    }

    /// The user that nginx's workers run as, with its groups.
    pub fn worker_credentials(&self) -> Fact<Credentials> {
        let Some(proxy) = self.proxy().found().copied() else {
            return Fact::Unknown(self.proxy().gap().cloned().unwrap_or_else(|| {
                Gap::new("the proxy's worker user", "the proxy does not run", "")
            }));
        };
        let worker = proxy.workers.first().copied().unwrap_or(proxy.master);
        self.process(worker).and_then(|process, _| {
            let credentials = process
                .status
                .as_ref()
                .ok()
                .and_then(gatewhy_facts::linux::status::Status::credentials);
            match credentials {
                Some(credentials) => {
                    Fact::Found(credentials, Source::new(format!("/proc/{worker}/status")))
                }
                None => Fact::Unknown(Gap::new(
                    "the user of the proxy's workers",
                    "its process could not be read",
                    "run as root",
                )),
            }
        })
    }
}

fn unseen(pid: u32) -> Gap {
    Gap::new(
        format!("the executable, namespaces and open files of nginx's process {pid}"),
        "not allowed to look",
        "run as root",
    )
}

pub(in crate::case) fn is_master(title: &str) -> bool {
    title.starts_with("nginx: master process ") || title.starts_with("openresty: master process ")
}

fn workers(all: &Processes, master: u32) -> Vec<u32> {
    let workers = all
        .children(master)
        .filter(|p| title(p).contains(": worker process"));
    workers.map(|process| process.stat.pid).collect()
}

/// A process's command line as one text; nginx writes its title as one argument.
pub(in crate::case) fn title(process: &Listed) -> String {
    let words: Vec<String> = process
        .arguments
        .iter()
        .map(|a| String::from_utf8_lossy(a).into_owned())
        .collect();
    words.join(" ").trim_end().to_owned()
}

/// The value of a command-line option in a master's title.
fn option(title: &str, name: &str) -> Option<String> {
    let mut words = title.split(' ');
    words.find(|word| *word == name)?;
    words
        .next()
        .filter(|word| !word.is_empty())
        .map(ToOwned::to_owned)
}

/// Relative ones start at the prefix.
fn temp_folders(about: &BuildInfo) -> Vec<HostPath> {
    let prefix = HostPath::new(about.prefix.as_deref().unwrap_or("/etc/nginx"));
    about
        .temp_paths
        .iter()
        .map(|path| prefix.join(path))
        .collect()
}

/// What `nginx -V` tells.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct BuildInfo {
    version: Option<String>,
    prefix: Option<String>,
    config: Option<String>,
    temp_paths: Vec<String>,
}

impl BuildInfo {
    fn read(bytes: &[u8]) -> Self {
        let text = shown(bytes).to_string();
        let value = |name: &str| {
            let from = text.find(name)?.checked_add(name.len())?;
            let rest = text.get(from..)?;
            let end = rest.find([' ', '\\', '\n']).unwrap_or(rest.len());
            rest.get(..end)
                .filter(|v| !v.is_empty())
                .map(ToOwned::to_owned)
        };
        Self {
            version: value("nginx version: nginx/").or_else(|| value("nginx version: openresty/")),
            prefix: value("--prefix="),
            config: value("--conf-path="),
            temp_paths: ["client-body", "proxy", "fastcgi", "uwsgi", "scgi"]
                .iter()
                .filter_map(|kind| value(&format!("--http-{kind}-temp-path=")))
                .collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn titles_tell_the_configuration() {
        let title = "nginx: master process /usr/sbin/nginx -c /srv/n.conf -g daemon on;";
        assert!(is_master(title));
        assert_eq!(option(title, "-c").as_deref(), Some("/srv/n.conf"));
        assert_eq!(option(title, "-p"), None);
    }

    #[test]
    fn build_information_is_read() {
        let about = BuildInfo::read(b"nginx version: nginx/1.22.1\nconfigure arguments: --prefix=/usr/share/nginx --conf-path=/etc/nginx/nginx.conf --http-proxy-temp-path=/var/lib/nginx/proxy --http-scgi-temp-path=tmp/scgi\n");
        let folders: Vec<String> = temp_folders(&about)
            .iter()
            .map(ToString::to_string)
            .collect();
        assert_eq!(
            folders,
            ["/var/lib/nginx/proxy", "/usr/share/nginx/tmp/scgi"]
        );
        assert_eq!(about.version.as_deref(), Some("1.22.1"));
        assert_eq!(about.config.as_deref(), Some("/etc/nginx/nginx.conf"));
    }
}
