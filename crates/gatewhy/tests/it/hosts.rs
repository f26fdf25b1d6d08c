//! The recorded hosts below `hosts/`: real hosts of the lab, their answers raw.
use gatewhy::investigate::{Investigation, investigate};
use gatewhy_causes::diagnose::Request;
use gatewhy_causes::diagnosis::Diagnosis;
use gatewhy_causes::past::window::Window;
use gatewhy_host::recorded::RecordedHost;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{LazyLock, Mutex, OnceLock};
use std::thread;

/// One recorded host.
#[derive(Debug)]
pub(crate) struct Recorded {
    /// Its folder's name: group and name of the scenario.
    pub(crate) name: String,
    /// Its folder.
    pub(crate) folder: PathBuf,
    /// What `host.toml` says of it.
    pub(crate) about: About,
    diagnosis: OnceLock<Diagnosis>,
}

/// `host.toml`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) struct About {
    /// The version of this file's form.
    pub(crate) format: u32,
    /// The lab's scenario that it was recorded in.
    pub(crate) made_by: String,
    /// What is wrong with it, in a few words.
    pub(crate) title: String,
    /// The address that a visitor asks for.
    pub(crate) url: String,
    /// Further arguments of `gatewhy diagnose`.
    pub(crate) arguments: Vec<String>,
    /// Versions of the system and of the programs that matter.
    pub(crate) versions: BTreeMap<String, String>,
    /// What must be said of it.
    pub(crate) expect: Expect,
}

/// What must be said of a recorded host.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) struct Expect {
    /// The cause that comes first; none on a healthy host.
    pub(crate) first: Option<String>,
    /// Causes that may come first instead.
    #[serde(default)]
    pub(crate) or_first: Vec<String>,
    /// The verdict.
    pub(crate) verdict: String,
    /// The exit code.
    pub(crate) exit: i32,
    /// Causes that must be listed.
    pub(crate) also: Vec<String>,
    /// Causes that must not be listed.
    pub(crate) never: Vec<String>,
}

static ALL: LazyLock<Vec<Recorded>> = LazyLock::new(read_all);

/// Every recorded host, by name.
pub(crate) fn all() -> &'static [Recorded] {
    &ALL
}

/// The project's folder.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .canonicalize()
        .unwrap()
}

fn read_all() -> Vec<Recorded> {
    let mut folders: Vec<_> = fs::read_dir(root().join("hosts"))
        .expect("there are recorded hosts; `make record` makes them")
        .map(|entry| entry.unwrap().path())
        .collect();
    folders.sort();
    let hosts = folders.into_iter().map(read);
    hosts.filter(|host| is_wanted(&host.name)).collect()
}

/// `HOSTS=rights-` looks at some hosts only, while a rule is being written.
fn is_wanted(name: &str) -> bool {
    match std::env::var("HOSTS") {
        Ok(wanted) if std::env::var_os("CI").is_none() => {
            wanted.split(',').any(|start| name.starts_with(start))
        }
        _ => true,
    }
}

fn read(folder: PathBuf) -> Recorded {
    let name = folder.file_name().unwrap().to_string_lossy().into_owned();
    let text = fs::read_to_string(folder.join("host.toml")).unwrap_or_default();
    let about = toml::from_str(&text).unwrap_or_else(|why| panic!("{name}/host.toml: {why}"));
    Recorded {
        name,
        folder,
        about,
        diagnosis: OnceLock::new(),
    }
}

impl Recorded {
    /// Where its answers are.
    pub(crate) fn recording(&self) -> PathBuf {
        self.folder.join("answers.rec")
    }

    /// Its answers.
    pub(crate) fn open(&self) -> RecordedHost {
        RecordedHost::open(&self.recording())
            .unwrap_or_else(|why| panic!("{}/answers.rec: {why}", self.name))
    }

    /// The request as the command line in `host.toml` has it.
    pub(crate) fn request(&self) -> Request {
        let line = ["gatewhy", "diagnose", self.about.url.as_str()];
        let more = self.about.arguments.iter().map(String::as_str);
        let matches = gatewhy::command()
            .try_get_matches_from(line.into_iter().chain(more))
            .unwrap_or_else(|why| panic!("{}: {why}", self.name));
        let (_, options) = matches.subcommand().unwrap();
        let mut request = Request::parse(Some(&self.about.url)).unwrap();
        request.requests = *options.get_one("requests").unwrap();
        let text = |name| options.get_one::<String>(name);
        let since = text("since").map(|text| Window::since(text).unwrap());
        request.window = since.or_else(|| text("at").map(|text| Window::at(text).unwrap()));
        for flag in ["origin", "resolve"] {
            if let Some(value) = options.get_one::<String>(flag) {
                request.dial(&format!("--{flag}"), value).unwrap();
            }
        }
        let kept = self.open();
        let ranges = kept.note("note cdn_ranges").unwrap_or_default();
        ranges.clone_into(&mut request.cdn_ranges);
        request
    }

    /// What is found out from its answers, and everything that was asked for it.
    pub(crate) fn investigate(&self) -> Investigation {
        investigate(&self.open(), &self.request())
    }

    /// What is found out where something has another name of the same length.
    pub(crate) fn with(&self, name: &[u8], other: &[u8]) -> Diagnosis {
        assert_eq!(name.len(), other.len(), "a recording counts its bytes");
        let mut bytes = fs::read(self.recording()).unwrap();
        let at = |bytes: &[u8]| bytes.windows(name.len()).position(|part| part == name);
        while let Some(start) = at(&bytes) {
            bytes[start..start + name.len()].copy_from_slice(other);
        }
        let host = RecordedHost::read(bytes.as_slice()).unwrap();
        investigate(&host, &self.request()).diagnosis
    }

    /// What is found out from its answers, worked out once for all tests.
    pub(crate) fn diagnosis(&self) -> &Diagnosis {
        self.diagnosis.get_or_init(|| self.investigate().diagnosis)
    }
}

/// Runs `check` on every recorded host, on all cores, and fails with everything
/// that it complains about.
pub(crate) fn hold(check: impl Fn(&Recorded) -> Vec<String> + Sync) {
    let complaints: Vec<String> = gather(|host| {
        let found = check(host).into_iter();
        found.map(|what| format!("{}: {what}", host.name)).collect()
    });
    assert!(complaints.is_empty(), "\n{}\n", complaints.join("\n"));
}

/// What `look` gives for every recorded host, on all cores, in the hosts' order.
pub(crate) fn gather<T: Send>(look: impl Fn(&Recorded) -> Vec<T> + Sync) -> Vec<T> {
    let next = AtomicUsize::new(0);
    let found = Mutex::new(BTreeMap::new());
    let threads = thread::available_parallelism().map_or(1, usize::from);
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                while let Some(host) = all().get(next.fetch_add(1, Ordering::Relaxed)) {
                    let seen = look(host);
                    found.lock().unwrap().insert(host.name.as_str(), seen);
                }
            });
        }
    });
    let found = found.into_inner().unwrap();
    found.into_values().flatten().collect()
}
