//! A site for a running nginx and for our router alike: the same configuration, the
//! same files, and the answers of both in the same words.
use gatewhy_facts::fact::{Fact, Source};
use gatewhy_facts::nginx::authority::Authority;
use gatewhy_facts::nginx::backend_settings::Family;
use gatewhy_facts::nginx::config::{self, Config};
use gatewhy_facts::nginx::files::{FileText, Files, Kind};
use gatewhy_facts::nginx::model;
use gatewhy_facts::nginx::route::{Answer, BackendRequest, Host, Outcome, Request, Route, route};
use gatewhy_facts::path::HostPath;
use std::collections::BTreeMap;
use std::io::{Read as _, Write as _};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// The files below the root; a name that ends in a slash is a folder.
const TREE: &[&str] = &[
    "www/",
    "www/a.txt",
    "www/f1/",
    "www/f1/there",
    "www/f1/sub/",
    "www/f1/sub/index.html",
    "www/f2/",
    "www/f2/there",
    "www/dir/",
    "www/dir/in.txt",
    "www/dir/index.php",
    "www/dir/empty/",
    "www/dir/auto/",
    "www/abs/",
];

const PORTS: [&str; 7] = ["APP", "A", "B", "C", "D", "E", "FCGI"];

pub(crate) struct Site {
    root: String,
    ports: BTreeMap<&'static str, u16>,
    config: Vec<u8>,
}

impl Site {
    /// `%NAME%` in the configuration stands for a port or the root.
    pub(crate) fn new(config: &str, root: &str, ports: impl Fn(usize) -> u16) -> Self {
        let ports: BTreeMap<_, _> = PORTS
            .iter()
            .enumerate()
            .map(|(n, p)| (*p, ports(n)))
            .collect();
        let mut config = config.replace("%ROOT%", root);
        for (name, port) in &ports {
            config = config.replace(&format!("%{name}%"), &port.to_string());
        }
        Self {
            root: root.to_owned(),
            ports,
            config: config.into_bytes(),
        }
    }

    fn load(&self) -> Config {
        let config = config::load(self, &HostPath::new(format!("{}/nginx.conf", self.root)));
        assert_eq!(config.problems, []);
        config
    }

    fn local(&self, port: &str) -> SocketAddr {
        let (port, ip) = match port {
            "B2" => ("B", Ipv4Addr::new(127, 0, 0, 2)),
            other => (other, Ipv4Addr::LOCALHOST),
        };
        SocketAddr::new(IpAddr::V4(ip), self.ports[port])
    }

    /// The same text for every run: ports and folders by their names.
    fn neutral(&self, text: &str) -> String {
        let mut text = text.replace(&self.root, "%ROOT%");
        for (name, port) in &self.ports {
            text = text.replace(&port.to_string(), &format!("%{name}%"));
        }
        text
    }
}

impl Files for Site {
    fn read(&self, path: &HostPath) -> Fact<FileText<'_>> {
        assert_eq!(path.file_name(), "nginx.conf");
        let text = FileText {
            bytes: &self.config,
            cut: false,
        };
        Fact::Found(text, Source::new(path.as_str()))
    }

    fn list(&self, folder: &HostPath) -> Fact<Vec<(String, Kind)>> {
        panic!("the configuration includes nothing, but {folder} is listed")
    }

    fn kind(&self, path: &HostPath) -> Fact<Kind> {
        let source = Source::new(path.as_str());
        let Some(below) = path.as_str().strip_prefix(&format!("{}/", self.root)) else {
            panic!("{path} is not below the root");
        };
        let below = below.trim_end_matches('/');
        let below = below.replace("//", "/");
        let is_folder = path.as_str().ends_with('/');
        let found = TREE.iter().find(|name| name.trim_end_matches('/') == below);
        match found {
            Some(name) if name.ends_with('/') => Fact::Found(Kind::Folder, source),
            Some(_) if !is_folder => Fact::Found(Kind::File, source),
            _ => Fact::Absent(source),
        }
    }
}

pub(crate) struct Case {
    pub(crate) line: String,
    port: String,
    request: Request,
}

/// Requests, one a line: `PORT METHOD TARGET HOST [Header: value; …]`.
pub(crate) fn cases(site: &Site, requests: &str) -> Vec<Case> {
    let lines = requests.lines();
    let lines = lines.filter(|line| !line.starts_with('#') && !line.is_empty());
    lines.map(|line| case(site, line)).collect()
}

fn case(site: &Site, line: &str) -> Case {
    let mut words = line.splitn(5, ' ');
    let port = words.next().unwrap();
    let method = words.next().unwrap();
    let target = words.next().unwrap();
    let local = site.local(port);
    let mut request = Request::get(Authority::Ip(local), words.next().unwrap(), target);
    method.clone_into(&mut request.method);
    request.client = Some(local.ip());
    let headers = words.next().unwrap_or_default().split("; ");
    for header in headers.filter(|header| !header.is_empty()) {
        let (name, value) = header.split_once(": ").unwrap_or(("Cookie", header));
        let field = (name.to_owned(), value.as_bytes().to_vec());
        request.headers.push(field);
    }
    request
        .headers
        .push(("Connection".into(), b"close".to_vec()));
    if method == "POST" {
        request
            .headers
            .push(("Content-Length".into(), b"0".to_vec()));
    }
    Case {
        line: line.to_owned(),
        port: port.to_owned(),
        request,
    }
}

/// What the visitor gets, by our route.
fn ours(site: &Site, method: &str, route: &Route) -> String {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let body = match &route.outcome {
        Outcome::Answer(answer) => answered(answer),
        Outcome::File(path) => format!("file {path}"),
        Outcome::Module { name, .. } => name.clone(),
        // nginx as a backend refuses a target with a space, or without a slash.
        Outcome::Backend(call) if is_no_target(&call.request.target) => {
            return site.neutral(&format!("{} ", route.status().unwrap_or(400)));
        }
        Outcome::Backend(call) if call.pass.family == Family::FastCgi => params(&call.request),
        Outcome::Backend(call) => {
            let host = call.request.host.clone().unwrap();
            let method = call.request.method.clone().unwrap();
            let target = &call.request.target;
            format!("app {} {} {}", text(&method), text(target), text(&host))
        }
        other => return format!("{other:?}"),
    };
    let has_body = method != "HEAD" || body.starts_with("-> ");
    let body = if has_body { &body } else { "" };
    site.neutral(&format!("{} {body}", route.status().unwrap_or(200)))
}

fn is_no_target(target: &[u8]) -> bool {
    target.contains(&b' ') || !target.starts_with(b"/")
}

fn answered(answer: &Answer) -> String {
    let text = String::from_utf8_lossy(&answer.text).into_owned();
    match (&answer.error_page, answer.status) {
        (Some(page), _) => format!("-> {}", String::from_utf8_lossy(&page.target)),
        (None, 300..=399) => format!("-> {text}"),
        (None, _) => text,
    }
}

fn params(request: &BackendRequest) -> String {
    let all = request.params.iter();
    let shown = all.map(|(name, value)| {
        let value = value.clone().unwrap();
        format!("{name}={}", String::from_utf8_lossy(&value))
    });
    shown.collect::<Vec<_>>().join(" ")
}

/// Our answer and our route for each case.
pub(crate) fn routed(site: &Site, cases: &[Case]) -> Vec<(String, Route)> {
    let config = site.load();
    let nginx = model::read(&config);
    assert_eq!(nginx.problems, []);
    let http = nginx.http.as_ref().unwrap();
    let host = Host::default();
    let all = cases.iter().map(|case| {
        let found = route(&nginx, http, site, &host, &case.request);
        assert_eq!(found.gaps, [], "{}", case.line);
        (ours(site, &case.request.method, &found), found)
    });
    all.collect()
}

/// Both answers and our steps, where they differ.
pub(crate) fn difference(
    site: &Site,
    case: &Case,
    nginx: &str,
    ours: &str,
    found: &Route,
) -> Option<String> {
    let steps = found
        .trace
        .iter()
        .map(|step| format!("    {}", site.neutral(&step.text())));
    let steps = steps.collect::<Vec<_>>().join("\n");
    (nginx != ours).then(|| format!("{}\n  nginx: {nginx}\n  ours:  {ours}\n{steps}", case.line))
}

/// A running nginx with the site; it ends with the test.
pub(crate) struct Live {
    pub(crate) site: Site,
    folder: PathBuf,
    child: Child,
}

impl Live {
    /// Starts nginx, where it is installed.
    pub(crate) fn start(config: &str, name: &str) -> Option<Self> {
        let mut paths = ["/usr/sbin/nginx", "/usr/local/nginx/sbin/nginx"].into_iter();
        let Some(nginx) = paths.find(|path| Path::new(path).exists()) else {
            assert!(std::env::var_os("CI").is_none(), "CI needs nginx installed");
            #[expect(clippy::print_stderr, reason = "a skipped test must be loud")]
            {
                eprintln!("SKIPPED: nginx is not installed, so nothing was compared with it");
            }
            return None;
        };
        let id = std::process::id();
        let folder = std::env::temp_dir().join(format!("gatewhy-{name}-{id}"));
        let root = folder.to_str().unwrap().to_owned();
        make_tree(&folder);
        // All are bound at once, so that no two are the same.
        let bind = |_| TcpListener::bind("127.0.0.1:0").unwrap();
        let mut holders: Vec<_> = PORTS.iter().map(bind).collect();
        let ports: Vec<u16> = holders
            .iter()
            .map(|h| h.local_addr().unwrap().port())
            .collect();
        let fcgi = holders.pop().unwrap();
        drop(holders);
        std::thread::spawn(move || {
            for stream in fcgi.incoming().take(100) {
                fastcgi_echo(stream.unwrap());
            }
        });
        let site = Site::new(config, &root, |n| ports[n]);
        std::fs::write(folder.join("nginx.conf"), &site.config).unwrap();
        let child = Command::new(nginx)
            .args(["-p", &root, "-c", &format!("{root}/nginx.conf")])
            .stdout(Stdio::null())
            .stderr(Stdio::inherit())
            .spawn()
            .unwrap();
        let live = Self {
            site,
            folder,
            child,
        };
        wait_for(live.site.local("D"));
        Some(live)
    }
}

impl Drop for Live {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

fn make_tree(folder: &Path) {
    for name in TREE {
        let path = folder.join(name);
        if name.ends_with('/') {
            std::fs::create_dir_all(&path).unwrap();
        } else {
            std::fs::write(&path, format!("file {}", path.display())).unwrap();
        }
    }
}

fn wait_for(address: SocketAddr) {
    let start = Instant::now();
    while TcpStream::connect(address).is_err() {
        assert!(
            start.elapsed() < Duration::from_secs(10),
            "nginx does not listen"
        );
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// What nginx answers, in the same words as [`ours`].
pub(crate) fn asked(site: &Site, case: &Case) -> String {
    let request = &case.request;
    let mut stream = TcpStream::connect(site.local(&case.port)).unwrap();
    stream
        .set_read_timeout(Some(Duration::from_secs(5)))
        .unwrap();
    let mut message = Vec::new();
    message.extend(request.method.as_bytes());
    message.push(b' ');
    message.extend(&request.target);
    message.extend(b" HTTP/1.1\r\n");
    for (name, value) in &request.headers {
        message.extend(name.as_bytes());
        message.extend(b": ");
        message.extend(value);
        message.extend(b"\r\n");
    }
    message.extend(b"\r\n");
    stream.write_all(&message).unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    let answer = String::from_utf8_lossy(&answer).into_owned();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let status = head.split(' ').nth(1).unwrap();
    let location = head
        .lines()
        .find_map(|line| line.strip_prefix("Location: "));
    let text = if let Some(location) = location {
        // nginx puts scheme, host and port in front of its own redirects.
        let own = location
            .strip_prefix("http://")
            .and_then(|rest| rest.find('/').map(|at| &rest[at..]));
        let own = own.filter(|_| !location.contains("else"));
        format!("-> {}", own.unwrap_or(location))
    } else if body.contains("<h1>Index of") {
        "autoindex".into()
    } else if body.starts_with("<html>") {
        String::new()
    } else {
        dechunked(head, body)
    };
    site.neutral(&format!("{status} {text}"))
}

fn dechunked(head: &str, body: &str) -> String {
    if !head.contains("Transfer-Encoding: chunked") {
        return body.to_owned();
    }
    let mut out = String::new();
    let mut rest = body;
    while let Some((size, tail)) = rest.split_once("\r\n") {
        let size = usize::from_str_radix(size, 16).unwrap();
        if size == 0 {
            break;
        }
        out.push_str(&tail[..size]);
        rest = &tail[size + 2..];
    }
    out
}

/// Answers one FastCGI request with its parameters.
fn fastcgi_echo(mut stream: TcpStream) {
    let mut params = Vec::new();
    loop {
        let mut head = [0_u8; 8];
        if stream.read_exact(&mut head).is_err() {
            return;
        }
        let length = usize::from(u16::from_be_bytes([head[4], head[5]]));
        let mut content = vec![0; length + usize::from(head[6])];
        stream.read_exact(&mut content).unwrap();
        match (head[1], length) {
            (4, _) => params.extend(&content[..length]),
            (5, 0) => break,
            _ => {}
        }
    }
    let mut shown = Vec::new();
    let mut rest = params.as_slice();
    while let [name, value, tail @ ..] = rest {
        let (name, value) = (usize::from(*name), usize::from(*value));
        let text = String::from_utf8_lossy(&tail[..name + value]).into_owned();
        shown.push(format!("{}={}", &text[..name], &text[name..]));
        rest = &tail[name + value..];
    }
    let body = format!("Content-Type: text/plain\r\n\r\n{}", shown.join(" "));
    let mut record = vec![1, 6, 0, 1];
    record.extend(u16::try_from(body.len()).unwrap().to_be_bytes());
    record.extend([0, 0]);
    record.extend(body.as_bytes());
    record.extend([
        1, 6, 0, 1, 0, 0, 0, 0, 1, 3, 0, 1, 0, 8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    ]);
    stream.write_all(&record).unwrap();
}
