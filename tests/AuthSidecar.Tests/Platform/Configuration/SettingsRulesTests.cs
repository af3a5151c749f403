namespace AuthSidecar.Tests.Platform.Configuration;

public sealed class SettingsRulesTests
{
    private const string Store = """ "Providers": { "openai": { "Credential": "sk-1" } } """;
    private const string Exposed = "is reachable from other machines; set Listen:Tls";

    private const string Unlocked =
        "mtls trusts the principal that a caller of Listen:Check names, and every program on this machine can call it; write "
        + "Listen:Check as unix:/path, set Listen:CheckSecrets or Listen:Tls with ClientCa, or Listen:TrustNetwork if only Envoy can "
        + "reach it";
    private const string NotNpgsqls = "is not a connection string of Npgsql: write Host=…;Database=…;Username=…;Password=…";

    public static TheoryData<string, string[]> Cases =>
        new()
        {
            // Listeners.
            {
                """ "Listen": { "Check": "http://0.0.0.0:9001" } """,
                [$"Listen:Check: \"http://0.0.0.0:9001\" {Exposed} with ClientCa, or Listen:TrustNetwork if only Envoy can reach it"]
            },
            {
                """ "Listen": { "Closer": "http://[::]:9004" } """,
                [$"Listen:Closer: \"http://[::]:9004\" {Exposed} with ClientCa, or Listen:TrustNetwork if only Envoy can reach it"]
            },
            {
                """ "Listen": { "Companion": "http://[::]:9002" } """,
                [$"Listen:Companion: \"http://[::]:9002\" {Exposed}, or Listen:TrustNetwork if the network is trusted"]
            },
            {
                """ "Listen": { "Check": "http://10.0.0.1:9001", "Companion": "http://10.0.0.1:9002", "Closer": "http://10.0.0.1:9004", "TrustNetwork": true } """,
                []
            },
            {
                """ "Listen": { "Console": "http://0.0.0.0:9003", "TrustNetwork": true }, "Console": { "PublicUrl": "https://keys.example.com" } """,
                []
            },
            {
                """ "Listen": { "Console": "http://0.0.0.0:9003" } """,
                [
                    "Listen:Console: \"http://0.0.0.0:9003\" is reachable from other machines; set Listen:Tls, or Listen:TrustNetwork if the network is trusted",
                ]
            },
            {
                """ "Listen": { "Console": "http://0.0.0.0:9003", "TrustNetwork": true } """,
                [
                    "Listen:Console: \"http://0.0.0.0:9003\" is reachable from other machines without TLS; set Listen:Tls, or Console:PublicUrl to the https:// address of the proxy before it",
                ]
            },
            { """ "Device": { "Clients": [ { "Id": "ci" }, { "Id": "CI", "Title": "Build", "Scopes": ["full", "llm:invoke"] } ] } """, [] },
            {
                """ "Device": { "Clients": [ { "Id": "" }, { "Id": "ci" }, { "Id": "ci", "Title": " x", "Scopes": ["a b"] }, { "Id": "x", "Scopes": ["manage"] } ], "Networks": ["10.0.0.0/8", "2001:db8::/48", "lan", "10.0.0.1", "10.0.0.0/33", ""], "SameNetwork": "maybe", "TokenLifetime": "00:59:00" } """,
                [
                    "Device:SameNetwork: must be one of warn, require, off, not \"maybe\"",
                    "Device:TokenLifetime: must be a duration \"[days.]hh:mm:ss[.fff]\" from 01:00:00 to 365.00:00:00, e.g. \"00:01:00\", "
                        + "not \"00:59:00\"",
                    "Device:Clients:0:Id: A client's id must have 1 to 128 characters.",
                    "Device:Clients:2:Title: A client's title must be printable, without blanks around it.",
                    "Device:Clients:2:Scopes: \"a b\" is not a scope: 1 to 128 of letters, digits and : . _ / -.",
                    "Device:Clients:2:Id: \"ci\" has an entry already; keep one",
                    "Device:Clients:3:Scopes: cannot hold manage: a device's token never opens the management API",
                    "Device:Networks:2: must be a network such as 10.0.0.0/8, not \"lan\"",
                    "Device:Networks:3: must be a network such as 10.0.0.0/8, not \"10.0.0.1\"",
                    "Device:Networks:4: must be a network such as 10.0.0.0/8, not \"10.0.0.0/33\"",
                    "Device:Networks:5: must be a network such as 10.0.0.0/8, not \"\"",
                ]
            },
            // The webhook of budgets.
            {
                """ "Usage": { "BudgetWebhook": { "Uri": "https://ops.example.com/x", "Secret": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw" } } """,
                []
            },
            {
                """ "Usage": { "BudgetWebhook": { "Uri": "http://127.0.0.1:80/x", "Secret": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw" } } """,
                []
            },
            {
                """ "Usage": { "BudgetWebhook": { "Uri": "http://ops.example.com/x", "Secret": "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw" } } """,
                [
                    "Usage:BudgetWebhook:Uri: http is for loopback only; write https://, not \"http://ops.example.com/x\"",
                    "Usage:BudgetWebhook:Secret: must be whsec_ and 24 to 64 bytes in Base64",
                ]
            },
            {
                """ "Usage": { "BudgetWebhook": { "Uri": "ops" } } """,
                [
                    "Usage:BudgetWebhook:Uri: must be an http:// or https:// address, not \"ops\"",
                    "Usage:BudgetWebhook:Secret: must be set, e.g. as file:PATH or env:NAME",
                ]
            },
            {
                """ "Usage": { "BudgetWebhook": { "Secret": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw" } } """,
                ["Usage:BudgetWebhook:Uri: must be set where there is a Secret"]
            },
            // Identity providers.
            {
                """ "Console": { "PublicUrl": "https://keys.example.com" },  "Login": [{ "Name": "corp", "Issuer": "https://login.example.com", "ClientId": "a", "ClientSecret": "b" }] """,
                []
            },
            {
                """  "Login": [{ "Name": "corp", "Issuer": "https://login.example.com", "ClientId": "a", "ClientSecret": "b" }] """,
                ["Console:PublicUrl: must be set beside Login: identity providers lead browsers back to this address"]
            },
            {
                """ "Console": { "PublicUrl": "https://keys.example.com" },  "Login": [{ "Name": "corp", "Issuer": "https://login.example.com", "ClientId": "a", "ClientSecret": "b" }, { "Name": "corp", "Issuer": "https://login.example.com", "ClientId": "a", "ClientSecret": "b", "For": "end_user" }] """,
                ["Login:1:Name: \"corp\" has an entry already; names are unique"]
            },
            {
                """ "Console": { "PublicUrl": "https://keys.example.com" },  "Login": [{ "Name": "corp", "Issuer": "https://login.example.com", "ClientId": "a", "ClientSecret": "b" }, { "Name": "b", "Issuer": "https://login.example.com", "ClientId": "a", "ClientSecret": "b" }] """,
                ["Login:1:Issuer: \"https://login.example.com\" has an entry for the same people already; keep one"]
            },
            {
                """ "Console": { "PublicUrl": "https://keys.example.com" },  "Login": [{ "Name": "Corp SSO" }] """,
                [
                    "Login:0:Name: must have 1 to 32 of a-z, 0-9 and -, not \"Corp SSO\"",
                    "Login:0:Issuer: must be the provider's issuer, of at most 1024 characters",
                    "Login:0:ClientId: must be the id that the provider gave to the sidecar",
                    "Login:0:ClientSecret: must be set, e.g. as file:PATH or env:NAME",
                ]
            },
            {
                """ "Console": { "PublicUrl": "https://keys.example.com" },  "Login": [{ "Name": "corp", "Issuer": "http://login.example.com", "ClientId": "a", "ClientSecret": "b" }] """,
                ["Login:0:Issuer: http is for loopback only; write https://, not \"http://login.example.com\""]
            },
            {
                """ "Console": { "PublicUrl": "https://keys.example.com" },  "Login": [{ "Name": "corp", "Issuer": "http://127.0.0.1:8080/realms/a", "ClientId": "a", "ClientSecret": "b" }] """,
                []
            },
            {
                """ "Console": { "PublicUrl": "https://keys.example.com" },  "Login": [{ "Name": "corp", "Issuer": "https://login.example.com?a=b", "ClientId": "a", "ClientSecret": "b" }] """,
                ["Login:0:Issuer: must have neither query, fragment nor user, as \"https://login.example.com?a=b\" has"]
            },
            {
                """ "Console": { "PublicUrl": "https://keys.example.com" },  "Login": [{ "Name": "corp", "Issuer": "https://login.example.com", "ClientId": "a", "ClientSecret": "b", "AdminClaim": "groups" }] """,
                ["Login:0:AdminValue: must be set: AdminClaim and AdminValue belong together"]
            },
            {
                """ "Console": { "PublicUrl": "https://keys.example.com" },  "Login": [{ "Name": "corp", "Issuer": "https://login.example.com", "ClientId": "a", "ClientSecret": "b", "AdminValue": "admins" }] """,
                ["Login:0:AdminClaim: must be set: AdminClaim and AdminValue belong together"]
            },
            {
                """ "Console": { "PublicUrl": "https://keys.example.com" },  "Login": [{ "Name": "corp", "Issuer": "https://login.example.com", "ClientId": "a", "ClientSecret": "b", "Domains": ["example.com"] }] """,
                ["Login:0:Domains: restricts the creation of accounts, which Create does not allow; set Create or remove it"]
            },
            {
                """ "Console": { "PublicUrl": "https://keys.example.com" },  "Login": [{ "Name": "corp", "Issuer": "https://login.example.com", "ClientId": "a", "ClientSecret": "b", "Create": true, "Domains": ["@example.com"] }] """,
                ["Login:0:Domains:0: must be a domain such as example.com, not \"@example.com\""]
            },
            {
                """ "Console": { "PublicUrl": "https://keys.example.com" },  "Login": [{ "Name": "corp", "Issuer": "https://login.example.com", "ClientId": "a", "ClientSecret": "b", "For": "end_user", "Create": true }] """,
                ["Login:0:For: end_user signs in people without an account; remove Create, Domains and AdminClaim"]
            },
            { """ "Console": { "GatewayUrl": "http://llm.example.com:8080" } """, [] },
            {
                """ "Console": { "GatewayUrl": "llm.example.com" } """,
                ["Console:GatewayUrl: must be an http:// or https:// address, not \"llm.example.com\""]
            },
            {
                """ "Console": { "GatewayUrl": "https://llm.example.com/v1" } """,
                ["Console:GatewayUrl: must be scheme, host and port only, not \"https://llm.example.com/v1\""]
            },
            {
                """ "Console": { "GatewayUrl": "https://llm.example.com?a=b" } """,
                ["Console:GatewayUrl: must be scheme, host and port only, not \"https://llm.example.com?a=b\""]
            },
            {
                """ "Console": { "GatewayUrl": "https://alice@llm.example.com" } """,
                ["Console:GatewayUrl: must be scheme, host and port only, not \"https://alice@llm.example.com\""]
            },
            { """ "Listen": { "Companion": "", "Console": "", "Closer": "" } """, [] },
            {
                """ "Listen": { "Check": "unix:/tmp/a.sock", "Companion": "http://localhost:1", "Console": "http://[::1]:2", "Closer": "http://127.0.0.9:3" } """,
                []
            },
            {
                """ "Listen": { "Companion": "http://127.0.0.1:9001" } """,
                ["Listen:Companion: \"http://127.0.0.1:9001\" is taken by Listen:Check; give each its own port"]
            },
            {
                """ "Listen": { "Console": "http://0.0.0.0:9001", "TrustNetwork": true }, "Console": { "PublicUrl": "https://k.example" } """,
                ["Listen:Console: \"http://0.0.0.0:9001\" is taken by Listen:Check; give each its own port"]
            },
            {
                """ "Listen": { "Console": "http://[::]:9001", "TrustNetwork": true }, "Console": { "PublicUrl": "https://k.example" } """,
                ["Listen:Console: \"http://[::]:9001\" is taken by Listen:Check; give each its own port"]
            },
            {
                """ "Listen": { "Console": "http://localhost:9001" } """,
                ["Listen:Console: \"http://localhost:9001\" is taken by Listen:Check; give each its own port"]
            },
            {
                """ "Listen": { "Check": "unix:/a", "Companion": "unix:/a" } """,
                ["Listen:Companion: \"unix:/a\" is taken by Listen:Check; give each its own port"]
            },
            { """ "Listen": { "Check": "http://127.0.0.1:0", "Companion": "http://127.0.0.1:0" } """, [] },
            {
                """ "Listen": { "Check": "https://127.0.0.1:9001" } """,
                ["Listen:Check: \"https://127.0.0.1:9001\" is not an address; write http://; Listen:Tls makes it TLS"]
            },
            {
                """ "Listen": { "Tls": { "ClientCa": "/not/there" } } """,
                [
                    "Listen:Tls:ClientCa: file \"/not/there\" does not exist or may not be read",
                    "Listen:Tls:Certificate: ClientCa needs Certificate and Key beside it",
                ]
            },
            { """ "Listen": { "Tls": { "Certificate": "/not/there" } } """, ["Listen:Tls:Key: Certificate needs Key beside it"] },
            { """ "Listen": { "Tls": { "Key": "/not/there" } } """, ["Listen:Tls:Certificate: Key needs Certificate beside it"] },
            {
                """ "Listen": { "Tls": { "Certificate": "/not/c", "Key": "/not/k" } } """,
                [
                    "Listen:Tls:Key: file \"/not/k\" does not exist or may not be read",
                    "Listen:Tls:Certificate: file \"/not/c\" does not exist or may not be read",
                ]
            },
            {
                """ "Listen": { "CheckPeers": [1000] } """,
                ["Listen:CheckPeers: has no effect unless Listen:Check is unix:/path; remove one of the two"]
            },
            { """ "Listen": { "Check": "unix:/a", "CheckPeers": [0, 1000, 101] } """, [] },
            { """ "Listen": { "Check": "unix:/a", "CheckPeers": [-1, 7] } """, ["Listen:CheckPeers:0: must be a uid, not -1"] },
            {
                """ "Listen": { "Check": "unix:/a", "CheckPeers": ["envoy"] } """,
                ["Listen:CheckPeers:0: must be a whole number, not \"envoy\""]
            },
            {
                """ "Listen": { "CheckSecrets": ["one-of-the-secrets", "two\nlines", ""] } """,
                [
                    "Listen:CheckSecrets:2: an empty secret; fill it or remove it from the list",
                    "Listen:CheckSecrets:1: cannot stand in a header: it holds a line break, an outer space or a character that is "
                        + "not printable ASCII",
                ]
            },
            {
                """ "Listen": { "Tls": { "ClientNames": ["spiffe://mesh/envoy"] } } """,
                ["Listen:Tls:ClientNames: needs ClientCa, which issues the certificates"]
            },
            {
                """ "Listen": { "Tls": { "ClientNames": ["*.mesh", "a b"] } } """,
                [
                    "Listen:Tls:ClientNames: needs ClientCa, which issues the certificates",
                    "Listen:Tls:ClientNames:0: must be one whole DNS name or URI, which is compared exactly, not \"*.mesh\"",
                    "Listen:Tls:ClientNames:1: must be one whole DNS name or URI, which is compared exactly, not \"a b\"",
                ]
            },
            { """ "DataDirectory": "" """, ["DataDirectory: must name a directory"] },
            // A shared store.
            { Postgres("Host=db;Password=hidden"), [] },
            { Postgres("Host=a,b;Database=d;Maximum Pool Size=5"), [] },
            { Postgres("Database=d;Password=hidden"), ["Store:ConnectionString: names no Host"] },
            { Postgres("Host=db;Nonsense=hidden"), [$"Store:ConnectionString: {NotNpgsqls}"] },
            { Postgres("Host=db;Port=hidden"), [$"Store:ConnectionString: {NotNpgsqls}"] },
            { Postgres("postgres://user:hidden@db/d"), [$"Store:ConnectionString: {NotNpgsqls}"] },
            {
                """ "Store": { "Provider": "postgres" } """,
                [
                    "Store:ConnectionString: must name the database, such as "
                        + "Host=db;Database=authsidecar;Username=authsidecar;Password=…",
                    "Auth:Peppers: must hold at least one with Store:Provider postgres: each replica would generate its own, "
                        + "and reject keys of the others",
                ]
            },
            // Policies.
            {
                Store + """, "Policies": { "p": { "Provider": "opena" } } """,
                ["Policies:p:Provider: no provider is named \"opena\"; did you mean openai?"]
            },
            { """ "Policies": { "p": { "Provider": "x" } } """, ["Policies:p:Provider: no provider is named \"x\""] },
            {
                Store + """, "Policies": { "p": { "Provider": "openai", "Public": true } } """,
                ["Policies:p:Public: together with Provider this would be an open proxy; remove one of the two"]
            },
            {
                """ "Policies": { "p": { "Byok": "allow" } } """,
                ["Policies:p:Byok: needs a Provider, to which the caller's own credential is sent"]
            },
            {
                """ "Policies": { "p": { "Byok": "require" } } """,
                ["Policies:p:Byok: needs a Provider, to which the caller's own credential is sent"]
            },
            {
                """ "Policies": { "p": { "Subjects": ["acount", "service"] } } """,
                ["Policies:p:Subjects:0: must be one of account, end_user, service, not \"acount\"; did you mean account?"]
            },
            {
                """ "Policies": { "p": { "Subjects": ["Account"] } } """,
                ["Policies:p:Subjects:0: must be one of account, end_user, service, not \"Account\"; did you mean account?"]
            },
            {
                """ "Policies": { "p": { "Subjects": [] } } """,
                ["Policies:p:Subjects: is empty, so every caller would be denied; leave it out to allow all"]
            },
            {
                """ "Policies": { "p": { "Scopes": ["llm:invoke", "manage"] } } """,
                ["Policies:p:Scopes:1: \"manage\" opens the management API only; choose another scope"]
            },
            {
                """ "Policies": { "p": { "Scopes": ["llm:invoke llm:read", ""] } } """,
                [
                    "Policies:p:Scopes:0: must be printable ASCII without spaces, not \"llm:invoke llm:read\"",
                    "Policies:p:Scopes:1: must be printable ASCII without spaces, not \"\"",
                ]
            },
            {
                """ "Policies": { "p": { "Public": true, "Delegation": "mtls" } } """,
                ["Policies:p:Delegation: has no meaning in a Public policy, which has no caller; remove one of the two"]
            },
            { Mtls("Policies"), [$"Policies:p:Delegation: {Unlocked}"] },
            { Mtls("Listen", """ "Check": "http://127.0.0.1:9001", "Tls": {} """), [$"Policies:p:Delegation: {Unlocked}"] },
            { Mtls("Listen", """ "Check": "unix:/a" """), [] },
            { Mtls("Listen", """ "CheckSecrets": ["s-of-sixteen-characters"] """), [] },
            { Mtls("Listen", """ "TrustNetwork": true """), [] },
            // Endpoints.
            {
                Store
                    + """, "Policies": { "p": { "Provider": "openai", "Endpoints": "inference", "Paths": ["/v1/files/{**rest}", "/x"], "Methods": ["DELETE"] } } """,
                []
            },
            {
                Store
                    + """, "Policies": { "p": { "Provider": "openai", "Paths": ["v1/files", "/a/{id"], "Methods": ["get", "", "*", "TRACE", "CONNECT", "M-SEARCH"] } } """,
                [
                    "Policies:p:Paths:0: \"v1/files\" is not a route template: must start with /",
                    "Policies:p:Paths:1: \"/a/{id\" is not a route template: There is an incomplete parameter in the route template. "
                        + "Check that each '{' character has a matching '}' character.",
                    BadMethod(0, "get"),
                    BadMethod(1, ""),
                    BadMethod(2, "*"),
                    BadMethod(3, "TRACE"),
                    BadMethod(4, "CONNECT"),
                    BadMethod(5, "M-SEARCH"),
                ]
            },
            {
                """ "Policies": { "p": { "Paths": ["/x"], "Methods": ["GET"] } } """,
                [
                    "Policies:p:Paths: extends the endpoints of a provider; without a Provider every path and method is allowed, "
                        + "so remove it",
                    "Policies:p:Methods: extends the endpoints of a provider; without a Provider every path and method is allowed, "
                        + "so remove it",
                ]
            },
            // Apps and models.
            { """ "Policies": { "p": { "App": "support-bot" }, "q": { "App": "/apps/{app}/{**rest}" } } """, [] },
            {
                """ "Policies": { "p": { "App": "support bot" } } """,
                ["Policies:p:App: \"support bot\" must be a path template that starts with /, or an id: 1 to 64 letters, digits, _ or -"]
            },
            {
                """ "Policies": { "p": { "App": "/apps/{id}" } } """,
                ["Policies:p:App: \"/apps/{id}\" must hold exactly one {app}, which is neither optional nor a catch-all"]
            },
            {
                """ "Policies": { "p": { "App": "/apps/{app}/%41" } } """,
                [
                    "Policies:p:App: \"/apps/{app}/%41\" is not a route template: is compared with the decoded path; write the "
                        + "character itself instead of its escape",
                ]
            },
            {
                """ "Policies": { "p": { "App": "bot", "Public": true } } """,
                ["Policies:p:App: has no meaning in a Public policy, which has no caller; remove one of the two"]
            },
            { """ "Policies": { "p": { "App": "bot", "Acl": "acl" } } """, ["Policies:p:Acl: needs Apps:AclUri, the permission service"] },
            {
                """ "Policies": { "p": { "Acl": "acl" } }, "Apps": { "AclUri": "http://127.0.0.1:1" } """,
                ["Policies:p:Acl: needs an App, about which the permission service decides"]
            },
            { """ "Policies": { "p": { "App": "bot", "Acl": "acl" } }, "Apps": { "AclUri": "https://acl.example.com/allowed" } """, [] },
            {
                """ "Policies": { "p": { "Models": ["gpt-*", "o3 mini", ""] } } """,
                [
                    "Policies:p:Models:1: must be printable ASCII without spaces, not \"o3 mini\"",
                    "Policies:p:Models:2: must be printable ASCII without spaces, not \"\"",
                ]
            },
            {
                """ "Policies": { "p": { "Models": ["gpt-*"], "Public": true } } """,
                ["Policies:p:Models: has no meaning in a Public policy, where models are not checked; remove one of the two"]
            },
            {
                """ "Policies": { "p": { "Public": true, "Limit": { "Permits": 5 } } } """,
                ["Policies:p:Limit: has no meaning in a Public policy, which has no caller; remove one of the two"]
            },
            {
                """ "Policies": { "p": { "Public": true, "Assertion": true } } """,
                ["Policies:p:Assertion: has no meaning in a Public policy, which has no caller; remove one of the two"]
            },
            {
                """ "Policies": { "p": { "Public": true, "ForwardActor": true } } """,
                ["Policies:p:ForwardActor: has no meaning in a Public policy, which has no caller; remove one of the two"]
            },
            {
                """ "Policies": { "p": { "Public": true, "Identity": "none" } } """,
                ["Policies:p:Identity: has no meaning in a Public policy, which has no caller; remove one of the two"]
            },
            { """ "Policies": { "p": { "Identity": "id" }, "q": { "Identity": "full" }, "r": { "Identity": null } } """, [] },
            {
                """ "Apps": { "AclUri": "acl.example.com" } """,
                ["Apps:AclUri: must be an http:// or https:// address, not \"acl.example.com\""]
            },
            // Telemetry.
            { Otlp("http://otel:4317"), [] },
            { Otlp("https://otel.example.com/otlp"), [] },
            { Otlp("otel:4317"), ["Telemetry:OtlpEndpoint: must be an http:// or https:// address, not \"otel:4317\""] },
            {
                Otlp("http://name:password@otel:4317"),
                [
                    "Telemetry:OtlpEndpoint: must be http://HOST:PORT or https://… without user info, query or fragment; headers of "
                        + "the collector go into OTEL_EXPORTER_OTLP_HEADERS",
                ]
            },
            {
                Otlp("http://otel:4318?key=secret"),
                [
                    "Telemetry:OtlpEndpoint: must be http://HOST:PORT or https://… without user info, query or fragment; headers of "
                        + "the collector go into OTEL_EXPORTER_OTLP_HEADERS",
                ]
            },
            {
                Otlp("http://otel:4318/v1/traces/"),
                ["Telemetry:OtlpEndpoint: must be the address before /v1/traces and /v1/metrics, which are added for traces and metrics"]
            },
            // Rules.
            {
                """ "Policies": { "openai": {} }, "Rules": [ { "Path": "/", "Policy": "opnai" } ] """,
                ["Rules:0:Policy: no policy is named \"opnai\"; did you mean openai?"]
            },
            {
                """ "Policies": { "p": {} }, "Rules": [ { "Path": "/", "Policy": "P" } ] """,
                ["Rules:0:Policy: no policy is named \"P\"; did you mean p?"]
            },
            { Rule("Host", "API.example.com"), [BadHost("API.example.com")] },
            { Rule("Host", "api.example.com:443"), [BadHost("api.example.com:443")] },
            { Rule("Host", "http://api"), [BadHost("http://api")] },
            { Rule("Host", "*.example.com"), [BadHost("*.example.com")] },
            { Rule("Host", "api.example.com."), [BadHost("api.example.com.")] },
            { Rule("Host", "::1"), [BadHost("::1")] },
            { Rule("Host", "[::1]:80"), [BadHost("[::1]:80")] },
            { Rule("Host", ""), [BadHost("")] },
            { Rule("Host", "[::1]"), [] },
            { Rule("Host", "localhost"), [] },
            { Rule("Method", "get"), ["Rules:0:Method: must be one method in upper case, or *, not \"get\""] },
            { Rule("Method", "GET, POST"), ["Rules:0:Method: must be one method in upper case, or *, not \"GET, POST\""] },
            { Rule("Method", ""), ["Rules:0:Method: must be one method in upper case, or *, not \"\""] },
            {
                Rule("Path", "/a;b/{id}"),
                ["Rules:0:Path: \"/a;b/{id}\" has a \";\": rules match paths without the parameters of segments"]
            },
            {
                Rule("Path", "/a/{id"),
                [
                    "Rules:0:Path: \"/a/{id\" is not a route template: There is an incomplete parameter in the route template. Check "
                        + "that each '{' character has a matching '}' character.",
                ]
            },
            // Relays.
            { Relay("ws://127.0.0.1:9100"), [] },
            { Relay("wss://app.example.com/live"), [] },
            {
                Relay("http://127.0.0.1:1"),
                [
                    "Policies:p:Relay: must be ws://HOST:PORT/PATH or wss://… without user info, query or fragment, not "
                        + "\"http://127.0.0.1:1\"",
                ]
            },
            {
                Relay("ws://"),
                ["Policies:p:Relay: must be ws://HOST:PORT/PATH or wss://… without user info, query or fragment, not \"ws://\""]
            },
            {
                Relay("ws://user@127.0.0.1/"),
                [
                    "Policies:p:Relay: must be ws://HOST:PORT/PATH or wss://… without user info, query or fragment, not "
                        + "\"ws://user@127.0.0.1/\"",
                ]
            },
            {
                Relay("ws://127.0.0.1/?"),
                ["Policies:p:Relay: must be ws://HOST:PORT/PATH or wss://… without user info, query or fragment, not \"ws://127.0.0.1/?\""]
            },
            {
                Relay("ws://127.0.0.1/#a"),
                ["Policies:p:Relay: must be ws://HOST:PORT/PATH or wss://… without user info, query or fragment, not \"ws://127.0.0.1/#a\""]
            },
            {
                Relay("127.0.0.1:9100"),
                ["Policies:p:Relay: must be ws://HOST:PORT/PATH or wss://… without user info, query or fragment, not \"127.0.0.1:9100\""]
            },
            {
                Relay("/relay"),
                ["Policies:p:Relay: must be ws://HOST:PORT/PATH or wss://… without user info, query or fragment, not \"/relay\""]
            },
            {
                Relay("ws://a b/"),
                ["Policies:p:Relay: must be ws://HOST:PORT/PATH or wss://… without user info, query or fragment, not \"ws://a b/\""]
            },
            {
                Relay("ws:/a"),
                ["Policies:p:Relay: must be ws://HOST:PORT/PATH or wss://… without user info, query or fragment, not \"ws:/a\""]
            },
            {
                Relay("WS://a/"),
                ["Policies:p:Relay: must be ws://HOST:PORT/PATH or wss://… without user info, query or fragment, not \"WS://a/\""]
            },
            {
                """ "Listen": { "Relay": "http://127.0.0.1:9005" }, "Policies": { "p": { "Public": true, "Relay": "ws://127.0.0.1:1" } } """,
                ["Policies:p:Relay: has no meaning in a Public policy, which knows no caller; remove one of the two"]
            },
            {
                """ "Listen": { "Relay": "http://[::]:9005" } """,
                [$"Listen:Relay: \"http://[::]:9005\" {Exposed}, or Listen:TrustNetwork if the network is trusted"]
            },
            // Issuers.
            {
                """ "Jwt": [ { "Issuer": "http://id.example.com", "JwksUri": "ftp://x", "SubjectType": "user", "AllowedAlgorithms": ["HS256"] } ] """,
                [
                    "Jwt:0:Issuer: http is for loopback only; write https://, not \"http://id.example.com\"",
                    "Jwt:0:JwksUri: must be an http:// or https:// address, not \"ftp://x\"",
                    "Jwt:0:Audiences: is empty; without one, tokens that the issuer made for others would pass",
                    "Jwt:0:SubjectType: must be one of account, end_user, service, not \"user\"",
                    "Jwt:0:AllowedAlgorithms:0: must be one of RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384, ES512, not "
                        + "\"HS256\"; did you mean RS256?",
                ]
            },
            { """ "Jwt": [ { "Issuer": "http://127.0.0.1:8080/", "Audiences": ["a"] } ] """, [] },
            {
                """ "Jwt": [ { "Audiences": ["a"], "SubjectClaim": "", "AllowedAlgorithms": [] } ] """,
                [
                    "Jwt:0:Issuer: must name the issuer",
                    "Jwt:0:SubjectClaim: must name a claim",
                    "Jwt:0:AllowedAlgorithms: is empty, so no token could pass; leave it out for RS256 and ES256",
                ]
            },
            {
                """ "Jwt": [ { "Issuer": "https://a", "Audiences": ["a"] }, { "Issuer": "https://a", "Audiences": ["b"] } ] """,
                ["Jwt:1:Issuer: \"https://a\" has an entry already; keep one"]
            },
        };

    [Theory]
    [MemberData(nameof(Cases))]
    public void Settings_AreRefusedForTheseReasons(string members, string[] errors) =>
        Assert.Equal(errors, SettingsDirectory.Load($"{{ {members} }}").Errors);

    [Theory]
    [InlineData(""" "Auth": { "Enabled": false } """, "Auth:Enabled: is false, so every request is denied with 503 bearer_auth_disabled")]
    [InlineData(
        """ "Policies": { "p": { "Delegation": "gateway_key" } } """,
        "Policies:p:Delegation: Delegation:GatewayKeys is empty, so every delegated request is denied with 401 gateway_key_mismatch"
    )]
    [InlineData(
        """ "Listen": { "Check": "unix:/a" }, "Policies": { "p": { "Delegation": "mtls" } } """,
        "Policies:p:Delegation: Delegation:Principals is empty, so every delegated request is denied with 401 gateway_key_mismatch"
    )]
    [InlineData(
        "",
        "Listen:CheckSecrets: is empty and Listen:Check is TCP: every program that reaches it can call Check with any policy and "
            + "read provider credentials from the responses; write Listen:Check as unix:/path, or set a secret that Envoy sends"
    )]
    [InlineData(
        """ "Providers": { "p": {} } """,
        "Providers:p:Credential: is missing, so only callers' own credentials reach the provider; other requests are denied with 503 "
            + "provider_credential_unavailable"
    )]
    [InlineData(
        """ "Apps": { "AclUri": "http://acl/allowed" } """,
        "Apps:AclUri: is http over the network: an attacker who can modify the traffic decides who may use which app; write https://"
    )]
    [InlineData(
        """ "Listen": { "Relay": "http://127.0.0.1:9005" } """,
        "Listen:Relay: is set, but no policy has Relay, so every WebSocket there is denied"
    )]
    [InlineData(
        """ "Policies": { "p": { "Relay": "ws://127.0.0.1:1" } } """,
        "Policies:p:Relay: has no effect, because Listen:Relay is empty"
    )]
    [InlineData(
        """ "Policies": { "p": { "Relay": "ws://app:1" } } """,
        "Policies:p:Relay: is ws over the network: an eavesdropper reads everything, including provider credentials; write wss://"
    )]
    [InlineData(
        """ "Device": { "Clients": [ { "Id": "ci" } ] } """,
        "Device:Clients:0:Scopes: is empty: its tokens may do all that their person may; name scopes, or [\"full\"]"
    )]
    public void Settings_AreWarnedOf(string members, string warning)
    {
        var result = SettingsDirectory.Load($"{{ {members} }}");

        Assert.Empty(result.Errors);
        Assert.Contains(warning, result.Warnings);
    }

    [Theory]
    [InlineData(""" "Listen": { "Check": "unix:/a" } """)]
    [InlineData(""" "Listen": { "CheckSecrets": ["s-of-sixteen-characters"] } """)]
    public void LockedCheck_IsNotWarnedOf(string members) =>
        Assert.DoesNotContain(SettingsDirectory.Load($"{{ {members} }}").Warnings, warning =>
            warning.StartsWith("Listen:CheckSecrets: is empty", StringComparison.Ordinal)
        );

    [Fact]
    public void SocketInAWorldWritableDirectory_HasAWarning()
    {
        const string Warning =
            "Listen:Check: is in a directory that every user may write to, so another program could listen there and "
            + "answer Envoy; use one that only the sidecar's user may write to";
        var directory = Directory.CreateTempSubdirectory("listen-");
        try
        {
            var members = $"{{ \"Listen\": {{ \"Check\": \"unix:{directory.FullName}/a.sock\" }} }}";
            Assert.DoesNotContain(Warning, SettingsDirectory.Load(members).Warnings);

            directory.UnixFileMode |= UnixFileMode.OtherWrite;
            Assert.Contains(Warning, SettingsDirectory.Load(members).Warnings);
        }
        finally
        {
            directory.Delete();
        }
    }

    private static string Mtls(string section, string members = "") =>
        $$""" "Policies": { "p": { "Delegation": "mtls" } } {{(members.Length == 0 ? "" : $$""", "{{section}}": { {{members}} }""")}} """;

    private static string Otlp(string address) => $$""" "Telemetry": { "OtlpEndpoint": "{{address}}" } """;

    private static string Rule(string key, string value) =>
        $$""" "Policies": { "p": {} }, "Rules": [ { {{(key == "Path" ? "" : "\"Path\": \"/\",")}} "Policy": "p", "{{key}}": "{{value}}" } ] """;

    private static string Relay(string address) =>
        $$""" "Listen": { "Relay": "http://127.0.0.1:9005" }, "Policies": { "p": { "Relay": "{{address}}" } } """;

    private static string Postgres(string connectionString) =>
        $$""" "Store": { "Provider": "postgres", "ConnectionString": "{{connectionString}}" }, "Auth": { "Peppers": ["a pepper for the tests"] } """;

    private static string BadMethod(int index, string method) =>
        $"Policies:p:Methods:{index}: must be one method in upper-case letters, and not TRACE, TRACK or CONNECT, which are never forwarded, "
        + $"not \"{method}\"";

    private static string BadHost(string host) =>
        $"Rules:0:Host: must be one whole host in lower case without scheme, port and final dot (IPv6 in brackets), or *, not \"{host}\"";
}
