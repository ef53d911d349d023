//! One sandbox for all tests of this program, and configuration files that name it.

use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use konvolutt_relay::config::{ConfigError, Configuration, Flags};
use konvolutt_sandbox::{Options, Sandbox};
use tempfile::TempDir;
use tokio::runtime::Runtime;
use toml::{Table, Value};

/// The sandbox, on a runtime that outlives every test's own.
pub(crate) struct World {
    pub(crate) sandbox: Sandbox,
    _runtime: Runtime,
    _folder: TempDir,
}

pub(crate) static WORLD: LazyLock<World> = LazyLock::new(|| {
    std::thread::spawn(|| {
        let (runtime, folder) = (Runtime::new().unwrap(), tempfile::tempdir().unwrap());
        let listen = "127.0.0.1:0".parse().unwrap();
        let options = Options { data: folder.path().to_owned(), listen, speed: 8.0 };
        let sandbox = runtime.block_on(konvolutt_sandbox::start(options)).unwrap();
        World { sandbox, _runtime: runtime, _folder: folder }
    })
    .join()
    .unwrap()
});

/// A folder with a configuration that is good, a data folder and a front end; tests break what they like.
pub(crate) struct Place {
    pub(crate) folder: TempDir,
    pub(crate) tables: Table,
}

impl Place {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let at = folder.path();
        let (endpoints, trust) = (WORLD.sandbox.endpoints(), WORLD.sandbox.trust());
        let client = WORLD.sandbox.maskinporten_client().unwrap();
        let openid = WORLD.sandbox.openid_client().unwrap();
        write_secret(&at.join("client.pem"), &client.key_pem);
        write_secret(&at.join("identity.pem"), &openid.key_pem);
        std::fs::write(at.join("registry.jwk"), trust.registry_keys[0].to_string()).unwrap();
        std::fs::write(at.join("root.pem"), &trust.anchors[0]).unwrap();
        std::fs::write(at.join("issuing.pem"), &trust.intermediates[0]).unwrap();
        for file in ["index.html", "frame.html", "lab.html", "embed/v1/efm-send.js", "assets/portal.js"] {
            let path = at.join("dist").join(file);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, "x").unwrap();
        }
        std::fs::create_dir_all(at.join("data/relay")).unwrap();
        let text = format!(
            "[server]\naudience = 'test'\nworld = 'test'\nlisten = '127.0.0.1:0'\ndata = 'data'\ndist = 'dist'\nmin_free_mib = 1\n\
             [identity]\nportal = 'https://konvolutt.example'\nissuer = '{}'\nclient = '{}'\nkid = '{}'\n\
             key_file = 'identity.pem'\n\
             [maskinporten]\ntoken = '{}'\naudience = '{}'\nclient = '{}'\nkid = '{}'\nkey_file = 'client.pem'\n\
             [altinn]\nexchange = '{}'\nbroker = '{}'\n\
             [registry]\naddress = '{}'\nkey_file = 'registry.jwk'\n\
             [enhetsregister]\naddress = '{}'\n\
             [trust]\nanchors = ['root.pem']\nintermediates = ['issuing.pem']\nrevocation_lists = ['{}', '{}']\n\
             [[organisations]]\norgnr = '310904007'\nname = 'Solvik fylkeskommune'\n",
            openid.issuer,
            openid.client_id,
            openid.kid,
            endpoints.maskinporten_token,
            endpoints.maskinporten_audience,
            client.client_id,
            client.kid,
            endpoints.altinn_exchange,
            endpoints.broker,
            endpoints.service_registry,
            endpoints.enhetsregister,
            endpoints.revocation_lists[0],
            endpoints.revocation_lists[1],
        );
        Self { tables: toml::from_str(&text).unwrap(), folder }
    }

    /// With KS as the sandbox plays it.
    pub(crate) fn with_svarut() -> Self {
        let mut place = Self::new();
        let (endpoints, client) = (WORLD.sandbox.endpoints(), WORLD.sandbox.svarut_client());
        write_secret(&place.path("svarut.password"), &format!("{}\n", client.password));
        place.set("dpf.address", endpoints.svarut);
        place.set("dpf.svarinn", endpoints.svarinn);
        place.set("dpf.integration", client.integration);
        place.set("dpf.password_file", "svarut.password");
        let own = client.accounts.iter().find(|one| one.organisation == "310904007").unwrap();
        let account: Table = toml::from_str(&format!(
            "orgnr = '{}'\naccount = '{}'\nreceiver = '{}'\npassword_file = 'svarut.password'",
            own.organisation, own.account, own.receiver
        ))
        .unwrap();
        place.tables.insert("dpf_accounts".to_owned(), Value::Array(vec![Value::Table(account)]));
        place
    }

    /// With Altinn's inbox as the sandbox plays it.
    pub(crate) fn with_inbox() -> Self {
        let mut place = Self::new();
        let transit = WORLD.sandbox.transit().unwrap();
        write_secret(&place.path("transit.pem"), &transit.key_pem);
        std::fs::write(place.path("transit.crt"), &transit.chain_pem).unwrap();
        place.set("dpv.address", WORLD.sandbox.endpoints().correspondence);
        place.set("dpv.transit_key_file", "transit.pem");
        place.set("dpv.transit_certificate_file", "transit.crt");
        place
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Sets `section.key`.
    pub(crate) fn set(&mut self, path: &str, value: impl Into<Value>) {
        let (section, key) = path.split_once('.').unwrap();
        let section = self.tables.entry(section).or_insert_with(|| Value::Table(Table::new()));
        section.as_table_mut().unwrap().insert(key.to_owned(), value.into());
    }

    /// Writes the file and answers its path.
    pub(crate) fn file(&self) -> PathBuf {
        let path = self.path("konvolutt.toml");
        std::fs::write(&path, toml::to_string(&self.tables).unwrap()).unwrap();
        path
    }

    pub(crate) fn read(&self) -> Result<Configuration, ConfigError> {
        Configuration::read(Some(&self.file()), Vec::new(), &Flags::default(), true)
    }
}

pub(crate) fn write_secret(path: &Path, text: &str) {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::write(path, text).unwrap();
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600)).unwrap();
}
