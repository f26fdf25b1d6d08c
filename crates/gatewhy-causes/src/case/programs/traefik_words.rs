//! Traefik without a file: its options, or the variables of its unit.
use crate::case::Case;
use crate::case::programs::kind::Kind;
use crate::case::service::variables::FILES;
use gatewhy_facts::fact::{Fact, Gap, Source};
use gatewhy_facts::forward::Configuration;
use gatewhy_facts::nginx::files::Files;
use gatewhy_facts::path::HostPath;
use gatewhy_facts::prelude::*;
use gatewhy_facts::scan;
use gatewhy_facts::source_text::{Place, Span};
use gatewhy_facts::systemd::show::Unit;
use gatewhy_facts::traefik::command_line::{self, Setting};
use gatewhy_facts::traefik::config::Config;

impl Case<'_> {
    /// What Traefik is told by its options or its environment.
    pub(in crate::case) fn traefik_by_words(&self) -> Fact<Config> {
        let unit = match self.traefik_unit() {
            Fact::Unknown(gap) => return Fact::Unknown(gap),
            Fact::Found(unit, _) => Some(unit),
            Fact::Absent(_) => None,
        };
        let words = self.traefik_options(unit.as_ref());
        // A file that was named and is not there is no matter of options.
        if Kind::Traefik
            .config_of(words.iter().map(String::as_str))
            .is_some()
        {
            return Fact::Absent(Source::new(self.config_path().to_string()));
        }
        let options = command_line::options(words.iter().map(String::as_str));
        // The environment counts only where no option is given.
        let by_variables = unit.as_ref().filter(|_| options.is_empty());
        let (settings, unread) = match by_variables {
            Some(unit) => self.traefik_by_environment(unit),
            None => (options, None),
        };
        let source = Source::new("the options of Traefik, or its environment");
        if settings.is_empty() {
            return unread.map_or(Fact::Absent(source), Fact::Unknown);
        }
        let place = |setting: &Setting| self.place_in_unit(unit.as_ref(), &setting.written);
        let fixed = command_line::document(&settings, &place);
        let mut config = Config::of(&self.files(), fixed);
        config.gaps.extend(unread);
        match config.gaps().iter().find(|gap| gap.is_pending()) {
            Some(gap) => Fact::Unknown(gap.clone()),
            None => Fact::Found(config, source),
        }
    }

    /// Whether options or variables of its unit let Traefik listen on a port.
    pub(in crate::case) fn traefik_words_want(&self, port: u16) -> bool {
        let unit = self.traefik_unit();
        let Some(unit) = unit.found() else {
            return false;
        };
        let words = self.traefik_options(Some(unit));
        let mut settings = command_line::options(words.iter().map(String::as_str));
        settings.extend(self.traefik_by_environment(unit).0);
        let end = format!(":{port}");
        settings.iter().any(|setting| {
            let first = setting.path.first();
            first.is_some_and(|part| part.eq_ignore_ascii_case("entryPoints"))
                && setting.value.ends_with(&end)
        })
    }

    /// What the variables of its unit say, and the first file of them that could not be
    /// read.
    fn traefik_by_environment(&self, unit: &Unit) -> (Vec<Setting>, Option<Gap>) {
        let (all, unread) = self.variables_of(unit);
        let pairs = all
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()));
        (command_line::variables(pairs), unread)
    }

    fn traefik_unit(&self) -> Fact<Unit> {
        self.usual_units(Kind::Traefik).and_then(|units, source| {
            match units.iter().find(|unit| unit.exists()) {
                Some(unit) => Fact::Found(unit.clone(), source),
                None => Fact::Absent(source),
            }
        })
    }

    /// The words behind the program: of the running one, else of its unit.
    fn traefik_options(&self, unit: Option<&Unit>) -> Vec<String> {
        let processes = self.processes();
        let running = processes.found().and_then(|all| {
            let master = Kind::Traefik.masters(all).first().copied()?;
            let words = master.arguments.iter();
            let words = words.map(|word| String::from_utf8_lossy(word).into_owned());
            Some(words.collect::<Vec<String>>())
        });
        let planned = || {
            let start = unit.map(|unit| unit.commands.start.iter());
            let words = start
                .into_iter()
                .flatten()
                .flat_map(|exec| exec.argv.clone());
            words.collect()
        };
        let words: Vec<String> = running.unwrap_or_else(planned);
        words.into_iter().skip(1).collect()
    }

    /// Where the unit's own files have a text; the first of them when none does.
    fn place_in_unit(&self, unit: Option<&Unit>, text: &str) -> Place {
        let files = unit.into_iter();
        let files = files.flat_map(|unit| {
            let variables = unit.context.environment_files.iter().rev().take(FILES);
            let own = unit.drop_in_paths.iter().rev().chain(&unit.fragment_path);
            variables.map(|file| &file.path).chain(own)
        });
        let mut places = files.map(HostPath::new).filter_map(|path| {
            let host_files = self.host_files();
            let fact = host_files.read(&path);
            let bytes = fact.found()?.bytes;
            let start = scan::find(bytes, text.as_bytes())?;
            let upto = scan::lines(bytes).take_while(|line| line.start <= start);
            let span = Span {
                start,
                end: start.saturating_add(text.len()),
                line: upto.last()?.number,
            };
            Some(Place { file: path, span })
        });
        places.next().unwrap_or_else(|| Place {
            file: unit
                .and_then(|unit| unit.fragment_path.as_ref())
                .map_or_else(|| HostPath::new("/proc"), HostPath::new),
            span: Span::default(),
        })
    }
}
