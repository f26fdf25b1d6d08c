//! uWSGI as a backend: its settings.
use crate::case::exchange::link::Link;
use crate::case::service::backend::Software;
use crate::case::service::units::unit_source;
use gatewhy_facts::fact::Source;
use gatewhy_facts::path::HostPath;
use gatewhy_facts::prelude::*;
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
        let words: Vec<&str> = unit.commands.start_words().collect();
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
}
