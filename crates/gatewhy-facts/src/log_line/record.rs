//! What one line of any log says, in one shape.
use crate::log_time::Civil;
use crate::nginx::error_log::Peer;
use crate::scan;
use crate::symptom::Symptom;
use crate::time::Moment;

macro_rules! servers {
    ($( $(#[$doc:meta])* $name:ident = $id:literal, $role:ident; )*) => {
        /// Who wrote a line.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Server { $( $(#[$doc])* $name, )* }

        impl Server {
            /// The permanent name, as in JSON.
            pub const fn id(self) -> &'static str {
                match self { $( Self::$name => $id, )* }
            }

            /// Its place in the chain.
            pub const fn role(self) -> Role {
                match self { $( Self::$name => Role::$role, )* }
            }
        }
    };
}

/// A place in the chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// At the provider, in front of the visitor's first own server.
    Edge,
    /// A proxy on the way.
    Gateway,
    /// What the gateway asks.
    Backend,
    /// What starts and watches the others.
    Supervisor,
    /// The machine.
    Kernel,
    /// A program on the visitor's side.
    Client,
}

servers! {
    /// nginx.
    Nginx = "nginx", Gateway;
    /// NGINX Unit.
    Unit = "unit", Gateway;
    /// A web server's access log in a form that several write.
    AccessLog = "access-log", Gateway;
    /// Apache httpd.
    Apache = "apache", Gateway;
    /// `HAProxy`.
    Haproxy = "haproxy", Gateway;
    /// Caddy.
    Caddy = "caddy", Gateway;
    /// Traefik.
    Traefik = "traefik", Gateway;
    /// Envoy, Istio's proxy too.
    Envoy = "envoy", Gateway;
    /// Varnish Cache.
    Varnish = "varnish", Gateway;
    /// lighttpd.
    Lighttpd = "lighttpd", Gateway;
    /// The Kubernetes controller beside an ingress nginx.
    IngressController = "ingress-nginx", Gateway;
    /// Another proxy written in Go, such as gitlab-workhorse.
    GoProxy = "go-proxy", Gateway;
    /// Another proxy written for Node.js.
    NodeProxy = "node-proxy", Gateway;
    /// `systemd-socket-proxyd`.
    SocketProxy = "systemd-socket-proxyd", Gateway;
    /// Verdaccio, or Sinopia before it: a registry of npm packages.
    Verdaccio = "verdaccio", Gateway;
    /// Sonatype Nexus Repository.
    Nexus = "nexus", Gateway;
    /// Artifactory of `JFrog` and the services beside it.
    Artifactory = "artifactory", Gateway;
    /// Heroku's router and platform.
    Heroku = "heroku", Gateway;
    /// AWS Application Load Balancer.
    Alb = "alb", Edge;
    /// Amazon `CloudFront`.
    CloudFront = "cloudfront", Edge;
    /// Cloudflare.
    Cloudflare = "cloudflare", Edge;
    /// Fastly.
    Fastly = "fastly", Edge;
    /// An HTTP response or error page, copied from a client.
    HttpResponse = "http-response", Gateway;
    /// PHP-FPM's own log.
    PhpFpm = "php-fpm", Backend;
    /// A PHP script.
    Php = "php", Backend;
    /// Gunicorn.
    Gunicorn = "gunicorn", Backend;
    /// uWSGI.
    Uwsgi = "uwsgi", Backend;
    /// Puma.
    Puma = "puma", Backend;
    /// Unicorn.
    Unicorn = "unicorn", Backend;
    /// Passenger.
    Passenger = "passenger", Backend;
    /// Node.js.
    Node = "node", Backend;
    /// PM2, which starts Node.js programs.
    Pm2 = "pm2", Supervisor;
    /// Tomcat, or another program in the same words.
    Tomcat = "tomcat", Backend;
    /// A Java program.
    Java = "java", Backend;
    /// A Python program.
    Python = "python", Backend;
    /// Some other application.
    Application = "application", Backend;
    /// A database server.
    Database = "database", Backend;
    /// systemd.
    Systemd = "systemd", Supervisor;
    /// Docker, Kubernetes or another that runs containers.
    Container = "container", Supervisor;
    /// supervisord.
    Supervisord = "supervisord", Supervisor;
    /// The Linux kernel.
    Kernel = "kernel", Kernel;
    /// A package manager or client of a registry.
    RegistryClient = "registry-client", Client;
}

/// When a line was written, as far as it says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LoggedAt {
    /// A clock without a zone.
    Civil(Civil),
    /// A clock without a zone, of a day without a year; its year is 0.
    Yearless(Civil),
    /// A moment.
    Moment(Moment),
}

impl LoggedAt {
    /// The moment, on a clock that runs `offset_secs` east of UTC where the line
    /// names no zone.
    pub fn moment(self, offset_secs: i32) -> Option<Moment> {
        match self {
            Self::Civil(civil) => civil.moment(offset_secs),
            Self::Yearless(_) => None,
            Self::Moment(moment) => Some(moment),
        }
    }
}

/// How long the parts of an exchange took; `None` for a part that never ended or
/// is not logged. Milliseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Timing {
    /// Until the connection to the backend stood.
    pub connect_ms: Option<u32>,
    /// Until the response header was complete.
    pub header_ms: Option<u32>,
    /// Altogether.
    pub total_ms: Option<u32>,
    /// Whether the format logs these parts at all.
    pub logged: bool,
}

/// What one line says. Every slice is a part of the line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Record<'a> {
    /// Who wrote it.
    pub server: Server,
    /// When.
    pub at: Option<LoggedAt>,
    /// What it means; none for lines that tell nothing of a failure.
    pub symptom: Option<Symptom>,
    /// The system's error number.
    pub errno: Option<u16>,
    /// The status that the visitor got.
    pub status: Option<u16>,
    /// Whom the gateway talked to.
    pub peer: Option<Peer<'a>>,
    /// The protocol to it: `http`, `https`, `fastcgi` …
    pub scheme: Option<&'a [u8]>,
    /// The group or service that the peer belongs to.
    pub group: Option<&'a [u8]>,
    /// The visitor's address.
    pub client: Option<&'a [u8]>,
    /// The host that was asked for.
    pub host: Option<&'a [u8]>,
    /// The request line.
    pub request: Option<&'a [u8]>,
    /// The process that the line is about, or that wrote it.
    pub pid: Option<u32>,
    /// What the message names or quotes; see the symptom.
    pub text: Option<&'a [u8]>,
    /// The number in the message; see the symptom.
    pub number: Option<u64>,
    /// How long it took.
    pub timing: Timing,
    /// The code by which the server itself names it: `SC`, `UF`, `AH01102`, `-1`.
    pub code: Option<&'a [u8]>,
    /// The message without what stands before it.
    pub message: &'a [u8],
}

impl<'a> Record<'a> {
    /// A record without details yet.
    pub const fn new(server: Server, message: &'a [u8]) -> Self {
        Self {
            server,
            at: None,
            symptom: None,
            errno: None,
            status: None,
            peer: None,
            scheme: None,
            group: None,
            client: None,
            host: None,
            request: None,
            pid: None,
            text: None,
            number: None,
            timing: Timing {
                connect_ms: None,
                header_ms: None,
                total_ms: None,
                logged: false,
            },
            code: None,
            message,
        }
    }

    /// The same with this meaning.
    #[must_use]
    pub const fn symptom(mut self, symptom: Symptom) -> Self {
        self.symptom = Some(symptom);
        self
    }

    /// The same about this process.
    #[must_use]
    pub const fn pid(mut self, pid: Option<u32>) -> Self {
        self.pid = pid;
        self
    }

    /// The same with what the message names.
    #[must_use]
    pub const fn text(mut self, text: Option<&'a [u8]>) -> Self {
        self.text = text;
        self
    }

    /// The same with the message's number.
    #[must_use]
    pub const fn number(mut self, number: Option<u64>) -> Self {
        self.number = number;
        self
    }

    /// The same with this peer.
    #[must_use]
    pub const fn peer(mut self, peer: Option<Peer<'a>>) -> Self {
        self.peer = peer;
        self
    }

    /// The port of the peer, where it has one and the line tells it.
    pub fn port(&self) -> Option<u16> {
        match self.peer? {
            Peer::Inet(address) => Some(address.port()),
            Peer::Unix(_) => None,
            Peer::Name(name) => scan::rsplit_once(name, ":")
                .filter(|(host, _)| !host.contains(&b':'))
                .and_then(|(_, port)| scan::whole_number(port)),
        }
    }

    /// The path of the peer's unix socket.
    pub const fn socket_path(&self) -> Option<&'a [u8]> {
        match self.peer {
            Some(Peer::Unix(path)) => Some(path),
            _ => None,
        }
    }
}
