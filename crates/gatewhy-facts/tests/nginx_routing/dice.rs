//! Servers with locations thrown by dice: the same seed gives the same servers.
use std::collections::BTreeSet;
use std::fmt::Write as _;

struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % u64::try_from(sides).unwrap()).unwrap()
    }

    fn pick<'a>(&mut self, all: &[&'a str]) -> &'a str {
        all[self.roll(all.len())]
    }

    fn one_in(&mut self, chances: usize) -> bool {
        self.roll(chances) == 0
    }
}

const HEAD: &str = "daemon off; master_process off; pid %ROOT%/nginx.pid;
error_log %ROOT%/error.log info; events { worker_connections 256; }
http { access_log off; client_body_temp_path %ROOT%/t1; proxy_temp_path %ROOT%/t2;
fastcgi_temp_path %ROOT%/t3; uwsgi_temp_path %ROOT%/t4; scgi_temp_path %ROOT%/t5;
proxy_http_version 1.1; server_names_hash_bucket_size 128;
map $uri $mapped { default none; ~^/(.)/ \"m-$1\"; /a exact; }
upstream group { server 127.0.0.1:%APP%; }
server { listen 127.0.0.1:%APP%; return 200 \"app $request_method $request_uri $http_host\"; }
";

const PATHS: &[&str] = &[
    "/", "/a", "/a/", "/a/b", "/a/b/", "/ab", "/b", "/b/", "/b.php", "/f1/", "/f1/sub", "/dir/",
    "/dir/x", "/x/y/z",
];
const REGEXES: &[&str] = &[
    r"\.php$",
    "^/a",
    "/b",
    r"^/(a|b)/?(.*)$",
    r"^/(?<first>[^/]*)",
    "x",
    "B",
    r"/$",
    r"^/f1/(.+)$",
    r"\.(txt|html)$",
];
const TARGETS: &[&str] = &[
    "/",
    "/a",
    "/a/",
    "/a/b",
    "/a/b/c",
    "/ab",
    "/ab/",
    "/b",
    "/b/",
    "/b/c",
    "/b.php",
    "/B.PHP",
    "/f1",
    "/f1/",
    "/f1/there",
    "/f1/sub",
    "/f1/sub/",
    "/f1/none",
    "/f2/there",
    "/dir",
    "/dir/",
    "/dir/x",
    "/dir/in.txt",
    "/dir/empty/",
    "/x/y/z",
    "/x/y/z/",
    "/x%2Fy/z",
    "/a%2fb",
    "/a//b",
    "/a/../b",
    "/a/./b/",
    "/a.txt",
    "/%61",
    "/a%20b/c",
    "/q+r",
    "/dir/index.php",
    "/a%26b/c",
];

/// A configuration of so many servers, and requests to them.
pub(crate) fn site(seed: u64, servers: usize) -> (String, String) {
    let mut dice = Dice(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
    let mut config = HEAD.to_owned();
    let mut requests = String::new();
    for server in 0..servers {
        let name = format!("s{server}.test");
        let _ = writeln!(
            config,
            "server {{ listen 127.0.0.1:%D%; server_name {name}; root %ROOT%/www;"
        );
        server_rules(&mut dice, &mut config);
        let _ = writeln!(
            config,
            "  location @n {{ {} }}",
            end(&mut dice, false, "named")
        );
        let count = dice.roll(9) + 2;
        locations(&mut dice, &mut config, "", count, 2);
        config += "}\n";
        for target in TARGETS {
            let method = dice.pick(&["GET", "GET", "GET", "POST", "HEAD"]);
            let args = dice.pick(&["", "", "?q=1", "?q=a%20b&r", "?"]);
            let _ = writeln!(requests, "D {method} {target}{args} {name}");
        }
    }
    config += "}\n";
    (config, requests)
}

fn server_rules(dice: &mut Dice, config: &mut String) {
    let rules = [
        "",
        "",
        "set $v server;",
        "rewrite ^/ab(.*)$ /b$1 last;",
        "rewrite ^/x/(.*)$ /a/$1?from=$1;",
        "if ($arg_q) { set $v q; }",
        "if ($uri ~ ^/f2/(.*)) { rewrite ^ /f1/$1 break; }",
        "error_page 404 /b;",
        "error_page 403 404 = @n;",
        "error_page 405 =200 /a;",
        "index index.php index.html;",
        "recursive_error_pages on; error_page 404 @n;",
    ];
    let (first, second) = (dice.roll(rules.len()), dice.roll(rules.len()));
    for rule in [first, second].into_iter().collect::<BTreeSet<_>>() {
        config.push_str("  ");
        config.push_str(rules[rule]);
        config.push('\n');
    }
}

fn locations(dice: &mut Dice, config: &mut String, below: &str, count: usize, depth: usize) {
    let mut seen = BTreeSet::new();
    for _ in 0..count {
        let modifier = dice.pick(&["", "", "", "= ", "^~ ", "~ ", "~* "]);
        let is_regex = modifier.starts_with('~');
        let name = if is_regex {
            dice.pick(REGEXES)
        } else {
            dice.pick(PATHS)
        };
        let kind = if modifier == "= " { "=" } else { "" };
        let fits = is_regex || name.starts_with(below);
        if !fits || (!is_regex && !seen.insert((kind, name))) {
            continue;
        }
        let _ = write!(config, "  location {modifier}\"{name}\" {{ ");
        let nests = depth > 0 && modifier != "= " && dice.one_in(3);
        body(dice, config, is_regex, name);
        if nests {
            config.push('\n');
            // Below a regular expression only others may stand.
            let below = if is_regex { "no path" } else { name };
            let count = dice.roll(4) + 1;
            locations(dice, config, below, count, depth - 1);
        }
        config.push_str("  }\n");
    }
}

fn body(dice: &mut Dice, config: &mut String, is_regex: bool, name: &str) {
    if dice.one_in(12) {
        config.push_str("internal; ");
    }
    if dice.one_in(3) {
        config.push_str(dice.pick(&[
            "rewrite ^/a(.*)$ /b$1 last; ",
            "rewrite ^/(.*)/$ /$1 last; ",
            "rewrite ^/b(.*)$ /f1$1 break; ",
            "rewrite /(.)([^/]*)$ /$1?x=$2&y last; ",
            "rewrite ^/dir(.*)$ /x$1? last; ",
            "rewrite ^/q /a/b permanent; ",
            "if ($arg_q) { return 200 \"if $uri $v $1\"; } ",
            "if ($uri ~ (b)(.*)$) { set $v \"$1-$2\"; } ",
            "if ($request_method = POST) { rewrite ^ /b/post last; } ",
            "if (-f $request_filename) { return 200 \"file $uri\"; } ",
            "if ($arg_q = 1) { proxy_pass http://group; } ",
            "if (!-e $request_filename) { rewrite ^(.*)$ /ab last; } ",
            "set $v \"$v-set\"; ",
            "set $args \"set=1\"; ",
        ]));
    }
    if dice.one_in(6) {
        config.push_str(dice.pick(&[
            "error_page 404 /f1/there; ",
            "error_page 404 = @n; ",
            "error_page 404 =410 /a/b; ",
        ]));
    }
    if dice.one_in(5) {
        config.push_str(dice.pick(&[
            "try_files $uri $uri/ /b?$args; ",
            "try_files $uri @n; ",
            "try_files $uri /f1/there =404; ",
            "try_files /nothing $uri/ =403; ",
        ]));
    }
    if !is_regex && name.ends_with('/') && dice.one_in(8) {
        config.push_str("alias %ROOT%/www/dir/; ");
    } else if dice.one_in(10) {
        config.push_str("root %ROOT%/www/f1; ");
    }
    if dice.one_in(8) {
        config.push_str(dice.pick(&[
            "limit_except GET { deny all; } ",
            "limit_except POST { proxy_pass http://group; } ",
            "limit_except GET { allow 127.0.0.1; } ",
            "recursive_error_pages on; ",
            "autoindex on; ",
            "proxy_method PATCH; proxy_set_header Host $server_name:81; ",
            "break; ",
            "satisfy any; deny all; ",
            "allow 127.0.0.0/8; deny all; ",
        ]));
    }
    let end = end(dice, !is_regex, name);
    config.push_str(&end);
}

/// How a location ends, which says who it was.
fn end(dice: &mut Dice, uri_part: bool, name: &str) -> String {
    let name = name.replace(['$', '\\'], "");
    match dice.roll(if uri_part { 11 } else { 8 }) {
        0..=3 => format!("return 200 \"{name} $uri $args $v $mapped\";"),
        4 => "return 404;".into(),
        5 => "proxy_pass http://127.0.0.1:%APP%;".into(),
        6 => "proxy_pass http://group$request_uri;".into(),
        7 => String::new(),
        8 => "proxy_pass http://127.0.0.1:%APP%/;".into(),
        9 => "proxy_pass http://group/up/;".into(),
        _ => "proxy_pass http://group/up;".into(),
    }
}
