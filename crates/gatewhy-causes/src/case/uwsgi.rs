//! uWSGI as a backend: its settings, and which of its workers have a request.
use super::backend::Software;
use super::link::Link;
use super::units::unit_source;
use gatewhy_facts::fact::Source;
use gatewhy_facts::linux::process::Process;
use gatewhy_facts::linux::sockets::{self, TcpState};
use gatewhy_facts::linux::unix_sockets::{self, UnixName};
use gatewhy_facts::path::HostPath;
use gatewhy_facts::prelude::*;
use gatewhy_facts::question::Question;
use gatewhy_facts::uwsgi;

/// A setting of uWSGI's, and where it is made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UwsgiSetting {
    /// Its value.
    pub value: String,
    /// As it is written: `harakiri = 2`, `--harakiri 2`.
    pub written: String,
    /// The line, or the unit whose command it is.
    pub source: Source,
}

impl Link<'_, '_> {
    /// A setting of the uWSGI that serves here: what its command line says, else its ini
    /// file. None when neither does, or the backend is no uWSGI.
    pub fn uwsgi_setting(&self, name: &str) -> Option<UwsgiSetting> {
        if self.software() != Software::Uwsgi {
            return None;
        }
        let service = self.live_service();
        let unit = &service.found()?.unit;
        let words: Vec<&String> = unit
            .commands
            .start
            .iter()
            .flat_map(|exec| &exec.argv)
            .collect();
        if let Some(value) = uwsgi::in_command(&words, name) {
            let written = format!("--{name} {value}");
            let source = unit_source(&unit.id);
            return Some(UwsgiSetting {
                value,
                written,
                source,
            });
        }
        let folder = unit.context.working_directory.as_deref().unwrap_or("/");
        let path = HostPath::new(folder).join(uwsgi::ini_path(&words)?);
        let text = self.case.lines_of(&path)?.join("\n");
        let set = uwsgi::in_file(text.as_bytes(), name)?;
        Some(UwsgiSetting {
            written: format!("{name} = {}", set.value),
            value: set.value,
            source: Source::new(path.to_string()).at_line(set.line),
        })
    }

    /// Whether a worker has room for a request: it holds fewer connections that were
    /// accepted here than it has threads. What it sleeps in does not tell: it waits for
    /// connections as it waits for everything else.
    pub(super) fn has_room(&self, worker: &Process, accepted: &BTreeSet<u64>) -> bool {
        let held = worker.open.keys().filter_map(|fd| worker.socket(*fd));
        let held = held.filter(|inode| accepted.contains(inode)).count();
        held < worker.threads.len().max(1)
    }

    /// The connections, by inode, that were accepted at the peer's address, after our
    /// requests. None when that could not be looked at.
    pub(super) fn accepted(&self) -> Option<BTreeSet<u64>> {
        let ask = |question: Question| {
            let known = self.case.known;
            known.bytes(&question.again(), "connections (sock_diag)", "run as root")
        };
        if let Some(address) = self.peer.dial.tcp() {
            let all = ask(Question::TcpConnected).map(sockets::tcp);
            let here = all.found()?.iter().filter(|socket| {
                socket.local.port() == address.port() && socket.state != TcpState::SynSent
            });
            return Some(here.map(|socket| u64::from(socket.inode)).collect());
        }
        let path = self.peer.dial.unix()?;
        let all = ask(Question::UnixSockets).map(unix_sockets::unix);
        let is_here =
            |name: &UnixName| matches!(name, UnixName::Path(at) if at == path.as_str().as_bytes());
        let here = all.found()?.iter().filter(|socket| is_here(&socket.name));
        let here = here.filter(|socket| !socket.listens_at(path.as_str().as_bytes()));
        Some(here.map(|socket| u64::from(socket.inode)).collect())
    }
}
