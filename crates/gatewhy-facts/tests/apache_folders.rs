//! Apache's rules of folders: `.htaccess`, and which of them is read.
#![allow(clippy::unwrap_used, reason = "tests")]
use gatewhy_facts::answer::Answer;
use gatewhy_facts::apache::config;
use gatewhy_facts::apache::route::{self, Request, Route};
use gatewhy_facts::known::Known;
use gatewhy_facts::nginx::files::KnownFiles;
use gatewhy_facts::path::HostPath;
use gatewhy_facts::question::{Question, View};

const TO_NODE: &str = "RewriteEngine On\nRewriteRule ^api/(.*)$ http://127.0.0.1:3000/$1 [P]\n";

fn asked(directory: &str, files: &[(&str, &str)], target: &str) -> Route {
    let mut known = Known::new();
    let main = format!(
        "<VirtualHost *:80>\nServerName shop.test\nDocumentRoot /srv/shop\n{directory}\n</VirtualHost>\n"
    );
    let all = files.iter().copied();
    for (path, text) in all.chain([("/etc/apache2/apache2.conf", main.as_str())]) {
        known.learn(Question::file(path), Answer::got(text.as_bytes().to_vec()));
    }
    let view = View::Host;
    let files = KnownFiles {
        known: &known,
        view,
    };
    let config = config::load(&files, &HostPath::new("/etc/apache2/apache2.conf"));
    let request = Request {
        local: "127.0.0.1:80".parse().unwrap(),
        host: "shop.test".to_owned(),
        target: target.to_owned(),
        tls: false,
    };
    route::route(&config, &files, &request)
}

fn sent(route: &Route) -> Option<(String, String)> {
    let pass = route.pass.as_ref()?;
    let first = pass.members.first()?;
    Some((first.target.written.clone(), pass.path.clone()))
}

fn section(override_: &str) -> String {
    format!("<Directory /srv/shop>\nAllowOverride {override_}\n</Directory>")
}

#[test]
fn it_is_read_only_where_overriding_is_allowed() {
    let files = [("/srv/shop/.htaccess", TO_NODE)];
    for (word, is_read) in [
        ("All", true),
        ("AuthConfig FileInfo", true),
        ("None", false),
        ("Limit", false),
    ] {
        let found = sent(&asked(&section(word), &files, "/api/x?a=1"));
        assert_eq!(found.is_some(), is_read, "{word}");
        let path = found.map(|(_, path)| path);
        assert_eq!(path.as_deref(), is_read.then_some("/x?a=1"));
    }
    assert_eq!(sent(&asked("", &files, "/api/x")), None);
}

#[test]
fn the_deepest_folder_counts_and_is_cut_off() {
    let own = "RewriteRule ^x$ http://127.0.0.1:4000/y [P]\n";
    let files = [
        ("/srv/shop/.htaccess", TO_NODE),
        ("/srv/shop/api/.htaccess", own),
    ];
    // The engine was switched on above.
    let found = sent(&asked(&section("All"), &files, "/api/x")).unwrap();
    assert_eq!(found.1, "/y");
    // The rules above hold no more.
    assert_eq!(sent(&asked(&section("All"), &files, "/api/z")), None);
}

#[test]
fn rules_of_a_section_count_as_well_and_proxypass_goes_first() {
    let rules = format!("<Directory /srv/shop>\n{TO_NODE}</Directory>");
    assert!(sent(&asked(&rules, &[], "/api/x")).is_some());
    let both = format!("{rules}\nProxyPass /api http://127.0.0.1:5000");
    let found = sent(&asked(&both, &[], "/api/x")).unwrap();
    assert!(found.0.contains("5000"), "{found:?}");
}

#[test]
fn a_switch_for_maintenance_answers() {
    let files = [(
        "/srv/shop/.htaccess",
        "RewriteEngine On\nRewriteRule ^ - [R=503,L]\n",
    )];
    let route = asked(&section("All"), &files, "/x");
    assert_eq!(route.answer.map(|(status, _)| status), Some(503));
}
