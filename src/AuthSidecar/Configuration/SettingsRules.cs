using System.Buffers;
using AuthSidecar.Authentication;
using AuthSidecar.Policies;

namespace AuthSidecar.Configuration;

/// <summary>What one key cannot know about another. Every rule runs, so that everything wrong is told at once.</summary>
internal static class SettingsRules
{
    private static readonly SearchValues<char> _hostCharacters = SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789-._[]:");
    private static readonly SearchValues<char> _methodCharacters = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_");

    public static void Check(Settings settings, Problems problems)
    {
        ListenRules.Check(settings.Listen, problems);
        if (settings.DataDirectory.Length == 0)
        {
            problems.Error("DataDirectory", "must name a directory");
        }

        StoreRules.Check(settings, problems);
        if (!settings.Auth.Enabled)
        {
            problems.Warn("Auth:Enabled", "is false, so every request is refused with 503 bearer_auth_disabled");
        }

        RedisRules.Check(settings.Redis, problems);
        Mode(settings.Auth, problems);
        HeaderSecrets(settings, problems);
        JwtRules.Check(settings.Jwt, problems);
        foreach (var (name, policy) in settings.Policies)
        {
            PolicyRules.Check($"Policies:{name}", policy, settings, problems);
        }

        RelayRules.Check(settings, problems);
        for (var index = 0; index < settings.Rules.Count; index++)
        {
            RouteRules(SettingPath.Join("Rules", index), settings.Rules[index], settings, problems);
        }

        if (WebAddress(settings.Apps.AclUri, "Apps:AclUri", problems) is { Scheme: "http", IsLoopback: false })
        {
            problems.Warn("Apps:AclUri", "is http over the network: whoever can change what passes there decides who may use which app; write https://");
        }

        TelemetryRules.Check(settings.Telemetry, problems);
    }

    /// <summary>An error unless the text is one of the words.</summary>
    public static void OneOf(string text, string path, IReadOnlyCollection<string> words, Problems problems)
    {
        if (!words.Contains(text))
        {
            problems.Error(path, $"must be one of {string.Join(", ", words)}, not {problems.Quote(text)}{NearestName.Guess(text, words)}");
        }
    }

    /// <summary>An error unless the text is an absolute http or https address, or empty.</summary>
    public static Uri? WebAddress(string text, string path, Problems problems)
    {
        if (Uri.TryCreate(text, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https")
        {
            return uri;
        }

        if (text.Length > 0)
        {
            problems.Error(path, $"must be an http:// or https:// address, not {problems.Quote(text)}");
        }

        return null;
    }

    private static void Mode(AuthOptions auth, Problems problems)
    {
        if (auth.Mode == AuthMode.Both && auth.MasterKey is not null)
        {
            problems.Warn("Auth:Mode", "is both: whoever holds the master key may do everything, and it does not expire; go on to users when nobody needs it any more");
        }
        else if (auth.Mode == AuthMode.Both)
        {
            problems.Warn("Auth:Mode", "is both, but Auth:MasterKey is empty, so only users' keys authenticate");
        }
        else if (auth.Mode == AuthMode.Legacy && auth.MasterKey is null)
        {
            problems.Warn("Auth:Mode", "is legacy, but Auth:MasterKey is empty, so every credential is refused with 401 invalid_token");
        }
    }

    private static void RouteRules(string path, RuleOptions rule, Settings settings, Problems problems)
    {
        if (!settings.Policies.ContainsKey(rule.Policy))
        {
            problems.Error($"{path}:Policy", rule.Policy.Length == 0
                ? "must name one of Policies"
                : $"no policy is named {problems.Quote(rule.Policy)}{NearestName.Hint(rule.Policy, settings.Policies.Keys)}");
        }

        if (rule.Host != Rule.Any && (rule.Host.Length == 0 || rule.Host.AsSpan().ContainsAnyExcept(_hostCharacters) || !HostName.Of(rule.Host).SequenceEqual(rule.Host)))
        {
            problems.Error($"{path}:Host", $"must be one whole host in lower case without scheme, port and final dot (IPv6 in brackets), or *, not {problems.Quote(rule.Host)}");
        }

        if (rule.Method != Rule.Any && (rule.Method.Length == 0 || rule.Method.AsSpan().ContainsAnyExcept(_methodCharacters)))
        {
            problems.Error($"{path}:Method", $"must be one method in upper case, or *, not {problems.Quote(rule.Method)}");
        }

        if (!RouteTemplate.TryParse(rule.Path, out _, out var error))
        {
            problems.Error($"{path}:Path", $"{problems.Quote(rule.Path)} is not a route template: {error}");
        }
    }

    // A second newline at the end of a mounted file is the usual reason, and could otherwise split a header.
    private static void HeaderSecrets(Settings settings, Problems problems)
    {
        var secrets = settings.Providers.Select(entry => ($"Providers:{entry.Key}:Credential", entry.Value.Credential))
            .Concat(settings.Auth.ServiceCredentials.Select((secret, index) => ($"Auth:ServiceCredentials:{index}", (Secret?)secret)))
            .Concat(settings.Delegation.GatewayKeys.Select((secret, index) => ($"Delegation:GatewayKeys:{index}", (Secret?)secret)))
            .Concat(settings.Listen.CheckSecrets.Select((secret, index) => ($"Listen:CheckSecrets:{index}", (Secret?)secret)))
            .Append(("Auth:MasterKey", settings.Auth.MasterKey));
        foreach (var (path, secret) in secrets)
        {
            if (secret?.Reveal() is { } text && (text.AsSpan().ContainsAnyExceptInRange(' ', '~') || text[0] == ' ' || text[^1] == ' '))
            {
                problems.Error(path, "cannot stand in a header: it holds a line break, an outer space or a character that is not printable ASCII");
            }
        }

        foreach (var (name, provider) in settings.Providers.Where(entry => entry.Value.Credential is null))
        {
            problems.Warn($"Providers:{name}:Credential", $"there is none, so only users' own credentials reach it; other requests are refused with 503 provider_credential_unavailable");
        }
    }
}
