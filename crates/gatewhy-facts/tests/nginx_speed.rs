//! Ten thousand virtual hosts are loaded and routed in a blink.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
use gatewhy_facts::answer::Answer;
use gatewhy_facts::known::Known;
use gatewhy_facts::nginx::authority::Authority;
use gatewhy_facts::nginx::files::KnownFiles;
use gatewhy_facts::nginx::route::{Host, Outcome, Request, route};
use gatewhy_facts::nginx::{config, model};
use gatewhy_facts::path::HostPath;
use gatewhy_facts::question::{Part, Question, View};
use std::time::Duration;

const HOSTS: usize = 10_000;

/// The time this thread was on a processor: other work on the machine does not count.
fn cpu_time() -> Duration {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap();
    let nanos = text.split(' ').next().unwrap();
    Duration::from_nanos(nanos.parse().unwrap())
}

fn file(path: &str) -> Question {
    Question::File {
        path: HostPath::new(path),
        view: View::Host,
        part: Part::Head(1 << 20),
    }
}

/// A hosting machine: a file a site, each with the same snippet.
fn known() -> Known {
    let mut known = Known::new();
    let main = "user www-data; events { } http { include mime.types; include sites/*; }";
    known.learn(file("/etc/nginx/nginx.conf"), Answer::got(main));
    let types = "types { text/html html htm; image/png png; }";
    known.learn(file("/etc/nginx/mime.types"), Answer::got(types));
    let snippet = "fastcgi_split_path_info ^(.+\\.php)(/.+)$; fastcgi_index index.php;\n\
        fastcgi_param SCRIPT_FILENAME $document_root$fastcgi_script_name;\n\
        fastcgi_param QUERY_STRING $query_string; fastcgi_param REQUEST_METHOD $request_method;";
    known.learn(file("/etc/nginx/php.conf"), Answer::got(snippet));
    let mut names = Vec::new();
    for n in 0..HOSTS {
        let site = format!(
            "server {{\n    listen 80;\n    listen [::]:80;\n    server_name site{n}.example www.site{n}.example;\n\
             \x20   root /srv/www/site{n}/public;\n    access_log /var/log/nginx/site{n}.log;\n\
             \x20   location / {{ try_files $uri /index.php?$args; }}\n\
             \x20   location ~ \\.php$ {{\n        include php.conf;\n        fastcgi_pass unix:/run/php/site{n}.sock;\n    }}\n\
             \x20   location /api/ {{ proxy_pass http://127.0.0.1:{}/; proxy_read_timeout 30s; }}\n}}\n",
            10_000 + n,
        );
        names.extend(format!("f site{n:05}\0").into_bytes());
        known.learn(
            file(&format!("/etc/nginx/sites/site{n:05}")),
            Answer::got(site),
        );
    }
    let folder = Question::Folder {
        path: HostPath::new("/etc/nginx/sites"),
        view: View::Host,
    };
    known.learn(folder, Answer::got(names));
    known
}

#[test]
fn ten_thousand_sites_load_and_route_fast() {
    let known = known();
    let files = KnownFiles {
        known: &known,
        view: View::Host,
    };
    let start = cpu_time();
    let config = config::load(&files, &HostPath::new("/etc/nginx/nginx.conf"));
    let loaded = cpu_time().saturating_sub(start);
    let nginx = model::read(&config);
    let read = cpu_time().saturating_sub(start);
    assert_eq!(nginx.problems, []);
    let http = nginx.http.as_ref().unwrap();
    assert_eq!(http.servers.len(), HOSTS);
    let local = Authority::Ip(([192, 0, 2, 1], 80).into());
    let request = Request::get(local, "www.site9999.example", "/api/x");
    let routed = route(&nginx, http, &files, &Host::default(), &request);
    let done = cpu_time().saturating_sub(start);
    eprintln!(
        "load {loaded:?}, model {:?}, route {:?}",
        read.saturating_sub(loaded),
        done.saturating_sub(read)
    );
    let Outcome::Backend(call) = routed.outcome else {
        panic!("{:?}", routed.outcome);
    };
    assert_eq!(call.peers[0].address.to_string(), "127.0.0.1:19999");
    // Slow machines and unoptimised builds get room; measured figures are in the docs.
    let limit = if cfg!(debug_assertions) { 10_000 } else { 500 };
    assert!(done < Duration::from_millis(limit), "{done:?}");
}
