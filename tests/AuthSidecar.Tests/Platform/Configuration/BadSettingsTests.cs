namespace AuthSidecar.Tests.Platform.Configuration;

public sealed class BadSettingsTests
{
    /// <summary>Content of the file, and all of its errors, one line each.</summary>
    public static TheoryData<string, string[]> Cases =>
        new()
        {
            // Names.
            { """{ "Policys": {} }""", ["Policys: unknown; did you mean Policies?"] },
            { """{ "listen": {} }""", ["listen: unknown; did you mean Listen?"] },
            { """{ "Zzzzzzzz": {} }""", ["Zzzzzzzz: unknown"] },
            { """{ "Shutdown": { "Seconds": 3 } }""", ["Shutdown:Seconds: unknown; known here: DrainSeconds"] },
            { """{ "Listen": { "Tls": { "Certifcate": "" } } }""", ["Listen:Tls:Certifcate: unknown; did you mean Certificate?"] },
            { """{ "Policies": { "p": { "Scope": ["a"] } } }""", ["Policies:p:Scope: unknown; did you mean Scopes?"] },
            {
                """{ "Rules": [ { "Pathe": "/" } ] }""",
                [
                    "Rules:0:Pathe: unknown; did you mean Path?",
                    "Rules:0:Policy: must name one of Policies",
                    "Rules:0:Path: \"\" is not a route template: must start with /",
                ]
            },
            { """{ "Policies": { "": {} } }""", ["Policies: a name may be neither empty nor hold control characters"] },
            { """{ "Policies": { "a\nb": {} } }""", ["Policies: a name may be neither empty nor hold control characters"] },
            // Duplicates.
            { """{ "Auth": { "Enabled": true, "Enabled": true } }""", ["Auth:Enabled: given twice; keep one"] },
            { """{ "Policies": { "p": {}, "p": {} } }""", ["Policies:p: given twice; keep one"] },
            { """{ "Jwt": [], "Jwt": [] }""", ["Jwt: given twice; keep one"] },
            // Types.
            { """[]""", ["authsidecar.json: must be an object, not a list"] },
            { """{ "Auth": [] }""", ["Auth: must be an object, not a list"] },
            { """{ "Auth": "x" }""", ["Auth: must be an object, not a string"] },
            { """{ "Providers": { "openai": "sk-very-secret" } }""", ["Providers:openai: must be an object, not a string"] },
            { """{ "Providers": [] }""", ["Providers: must be an object, not a list"] },
            { """{ "Auth": { "Peppers": "very-secret" } }""", ["Auth:Peppers: must be a list, not a string"] },
            { """{ "Auth": { "Peppers": [ 12345 ] } }""", ["Auth:Peppers:0: must be a string, not a number"] },
            { """{ "Auth": { "MasterKey": 12345 } }""", ["Auth:MasterKey: must be a string, not a number"] },
            { """{ "Auth": { "MasterKey": { "a": "very-secret" } } }""", ["Auth:MasterKey: must be a string, not an object"] },
            { """{ "Auth": { "Enabled": "true" } }""", ["Auth:Enabled: must be true or false, not \"true\""] },
            { """{ "Auth": { "Enabled": 1 } }""", ["Auth:Enabled: must be true or false, not 1"] },
            { """{ "DataDirectory": 5 }""", ["DataDirectory: must be a string, not 5"] },
            { """{ "DataDirectory": false }""", ["DataDirectory: must be a string, not false"] },
            { """{ "Limits": { "DefaultPermits": "60" } }""", ["Limits:DefaultPermits: must be a whole number of at least 0, not \"60\""] },
            { """{ "Limits": { "DefaultPermits": 1.5 } }""", ["Limits:DefaultPermits: must be a whole number of at least 0, not 1.5"] },
            { """{ "Limits": { "DefaultPermits": true } }""", ["Limits:DefaultPermits: must be a whole number of at least 0, not true"] },
            {
                """{ "Jwt": [ { "Issuer": "https://id.example.com", "Audiences": ["a"], "BudgetUsd": "5" } ] }""",
                ["Jwt:0:BudgetUsd: must be an amount from 0 to 1000000 with up to six decimals, not \"5\""]
            },
            {
                """{ "Jwt": [ { "Issuer": "https://id.example.com", "Audiences": ["a"], "BudgetUsd": -1 } ] }""",
                ["Jwt:0:BudgetUsd: must be an amount from 0 to 1000000 with up to six decimals, not -1"]
            },
            {
                """{ "Jwt": [ { "Issuer": "https://id.example.com", "Audiences": ["a"], "BudgetUsd": 1000000.1 } ] }""",
                ["Jwt:0:BudgetUsd: must be an amount from 0 to 1000000 with up to six decimals, not 1000000.1"]
            },
            {
                """{ "Jwt": [ { "Issuer": "https://id.example.com", "Audiences": ["a"], "BudgetUsd": 0.0000001 } ] }""",
                ["Jwt:0:BudgetUsd: must be an amount from 0 to 1000000 with up to six decimals, not 0.0000001"]
            },
            {
                """{ "Jwt": [ { "Issuer": "https://id.example.com/a|b", "Audiences": ["a"] } ] }""",
                ["Jwt:0:Issuer: must have at most 1024 characters and no |, which separates issuer and subject in the names of callers"]
            },
            // Null.
            { """{ "Auth": null }""", ["Auth: must be an object, not null"] },
            { """{ "Jwt": null }""", ["Jwt: must be a list, not null"] },
            { """{ "Auth": { "Enabled": null } }""", ["Auth:Enabled: must be true or false, not null; leave the key out for its default"] },
            { """{ "Auth": { "Peppers": [ null ] } }""", ["Auth:Peppers:0: must be a string, not null"] },
            { """{ "Policies": { "p": null } }""", ["Policies:p: must be an object, not null"] },
            { """{ "DataDirectory": null }""", ["DataDirectory: must be a string, not null; leave the key out for its default"] },
            // Ranges.
            { """{ "Limits": { "DefaultPermits": -1 } }""", ["Limits:DefaultPermits: must be a whole number of at least 0, not -1"] },
            {
                """{ "Limits": { "DefaultPermits": 99999999999 } }""",
                ["Limits:DefaultPermits: must be a whole number of at least 0, not 99999999999"]
            },
            { """{ "Shutdown": { "DrainSeconds": 3601 } }""", ["Shutdown:DrainSeconds: must be a whole number from 0 to 3600, not 3601"] },
            { """{ "Cache": { "Capacity": 0 } }""", ["Cache:Capacity: must be a whole number from 1 to 100000000, not 0"] },
            // Durations.
            {
                """{ "Cache": { "MaxStaleness": "60s" } }""",
                [
                    "Cache:MaxStaleness: must be a duration \"[days.]hh:mm:ss[.fff]\" from 00:00:01 to 1.00:00:00, e.g. \"00:01:00\", "
                        + "not \"60s\"",
                ]
            },
            {
                """{ "Cache": { "MaxStaleness": 60 } }""",
                ["Cache:MaxStaleness: must be a duration \"[days.]hh:mm:ss[.fff]\" from 00:00:01 to 1.00:00:00, e.g. \"00:01:00\", not 60"]
            },
            {
                """{ "Cache": { "MaxStaleness": "60" } }""",
                [
                    "Cache:MaxStaleness: must be a duration \"[days.]hh:mm:ss[.fff]\" from 00:00:01 to 1.00:00:00, e.g. \"00:01:00\", "
                        + "not \"60\"",
                ]
            },
            {
                """{ "Cache": { "MaxStaleness": "00:61:00" } }""",
                [
                    "Cache:MaxStaleness: must be a duration \"[days.]hh:mm:ss[.fff]\" from 00:00:01 to 1.00:00:00, e.g. \"00:01:00\", "
                        + "not \"00:61:00\"",
                ]
            },
            {
                """{ "Limits": { "DefaultWindow": "00:00:00" } }""",
                [
                    "Limits:DefaultWindow: must be a duration \"[days.]hh:mm:ss[.fff]\" from 00:00:00.001 to 1.00:00:00, e.g. "
                        + "\"00:01:00\", not \"00:00:00\"",
                ]
            },
            {
                """{ "Policies": { "p": { "Limit": { "Window": "-00:00:01" } } } }""",
                [
                    "Policies:p:Limit:Window: must be a duration \"[days.]hh:mm:ss[.fff]\" from 00:00:00.001 to 1.00:00:00, e.g. "
                        + "\"00:01:00\", not \"-00:00:01\"",
                ]
            },
            // Choices.
            { """{ "Auth": { "Mode": "user" } }""", ["Auth:Mode: must be one of users, legacy, both, not \"user\"; did you mean users?"] },
            {
                """{ "Auth": { "Mode": "Users" } }""",
                ["Auth:Mode: must be one of users, legacy, both, not \"Users\"; did you mean users?"]
            },
            { """{ "Auth": { "Mode": 0 } }""", ["Auth:Mode: must be one of users, legacy, both, not 0"] },
            {
                """{ "Policies": { "p": { "CredentialOrder": "BearerFirst" } } }""",
                [
                    "Policies:p:CredentialOrder: must be one of bearer_first, api_key_first, own_first, not \"BearerFirst\"; did you mean bearer_first?",
                ]
            },
            {
                """{ "Policies": { "p": { "Delegation": "gateway-key" } } }""",
                ["Policies:p:Delegation: must be one of off, gateway_key, mtls, not \"gateway-key\"; did you mean gateway_key?"]
            },
            {
                """{ "Providers": { "p": { "Dialect": "azure_openai" } } }""",
                [
                    "Providers:p:Dialect: must be one of openai, anthropic, gemini, copilot, azure-openai, not \"azure_openai\"; did "
                        + "you mean azure-openai?",
                ]
            },
            {
                """{ "Limits": { "ClientAddress": "x_envoy_external_address" } }""",
                [
                    "Limits:ClientAddress: must be one of peer, x-envoy-external-address, not \"x_envoy_external_address\"; did you "
                        + "mean x-envoy-external-address?",
                ]
            },
            {
                """{ "Limits": { "WhenRedisIsDown": "local" } }""",
                ["Limits:WhenRedisIsDown: must be one of fallback_local, deny, allow, not \"local\""]
            },
            { """{ "Store": { "Provider": "mysql" } }""", ["Store:Provider: must be one of sqlite, postgres, not \"mysql\""] },
            // Secrets.
            { """{ "Auth": { "Peppers": [ "" ] } }""", ["Auth:Peppers:0: an empty secret; fill it or remove it from the list"] },
            { """{ "Auth": { "Peppers": [ "env:NOT_THERE" ] } }""", ["Auth:Peppers:0: environment variable NOT_THERE is not set"] },
            { """{ "Auth": { "Peppers": [ "file:/not/there" ] } }""", ["Auth:Peppers:0: file /not/there does not exist"] },
            { """{ "Auth": { "Peppers": [ "file:/" ] } }""", ["Auth:Peppers:0: file / is a directory"] },
            { """{ "Auth": { "Peppers": [ "env:" ] } }""", ["Auth:Peppers:0: env: names no variable"] },
            { """{ "Auth": { "Peppers": [ "file:" ] } }""", ["Auth:Peppers:0: file: names no file"] },
            {
                """{ "Auth": { "ServiceCredentials": [ "two\nlines" ] } }""",
                [
                    "Auth:ServiceCredentials:0: cannot stand in a header: it holds a line break, an outer space or a character that "
                        + "is not printable ASCII",
                ]
            },
            // Several at once, in the order of the file, then of the rules.
            {
                """
                    {
                      "Policys": {}, // a comment
                      "Listen": { "Check": "", "Companion": "nowhere" },
                      "Auth": { "Mode": "all", "Peppers": [ "env:NOT_THERE" ] },
                      "Rules": [ { "Policy": "x", "Path": "v1" }, ],
                    }
                    """,
                [
                    "Policys: unknown; did you mean Policies?",
                    "Auth:Mode: must be one of users, legacy, both, not \"all\"",
                    "Auth:Peppers:0: environment variable NOT_THERE is not set",
                    "Listen:Check: may not be empty: Envoy calls it",
                    "Listen:Companion: \"nowhere\" is not an address; write http://HOST:PORT, HOST an IP address or localhost, or "
                        + "unix:/path",
                    "Rules:0:Policy: no policy is named \"x\"",
                    "Rules:0:Path: \"v1\" is not a route template: must start with /",
                ]
            },
        };

    [Theory]
    [MemberData(nameof(Cases))]
    public void InvalidFile_ReportsAllErrors(string json, string[] errors)
    {
        var result = SettingsDirectory.Load(json);

        Assert.Equal(errors, result.Errors);
        Assert.Null(result.Settings);
        Assert.DoesNotContain(result.Errors.Concat(result.Warnings), line =>
            line.Contains("secret\"", StringComparison.Ordinal) || line.Contains("very-secret", StringComparison.Ordinal)
        );
    }

    [Theory]
    [InlineData("{ \"Auth\": ", 1, 11)]
    [InlineData("{\n  \"Auth\": sk-secret\n}", 2, 11)]
    [InlineData("", 1, 1)]
    public void InvalidJson_ReportsThePositionAndQuotesNothing(string json, int line, int column)
    {
        using var directory = new SettingsDirectory();
        var file = directory.Write("authsidecar.json", json);

        Assert.Equal(
            [$"{file}: not valid JSON at line {line}, column {column}; look for a missing quote, comma or bracket"],
            directory.Load().Errors
        );
    }
}
