using System.Net;
using AuthSidecar.Administration.Accounts;
using AuthSidecar.Administration.Keys;
using AuthSidecar.Administration.Shared;
using AuthSidecar.Platform.Configuration;
using AuthSidecar.Platform.Hosting;

namespace AuthSidecar.Administration.Web;

/// <summary>Checks section <c>Console</c>, and the exposure of its listener.</summary>
internal static class ConsoleRules
{
    private static readonly string[] _placeholders = ["change-me", "changeme", "placeholder", "example"];

    public static void Check(ConsoleOptions console, ListenOptions listen, ConfigurationErrors problems)
    {
        PublicUrl(console.PublicUrl, problems);
        _ = Base(console.GatewayUrl, "Console:GatewayUrl", problems);
        Exposure(console, listen, problems);
        if (console.SessionIdle > console.SessionLifetime)
        {
            problems.Error("Console:SessionIdle", "must not exceed Console:SessionLifetime");
        }

        Origins(console.CorsOrigins, problems);
        for (var index = 0; index < console.TrustedProxies.Count; index++)
        {
            var proxy = console.TrustedProxies[index];
            if (!IPAddress.TryParse(proxy, out _) && !IPNetwork.TryParse(proxy, out _))
            {
                problems.Error(
                    SettingPath.Join("Console:TrustedProxies", index),
                    $"must be an IP address or a network such as 10.0.0.0/8, not {problems.Quote(proxy)}"
                );
            }
        }

        Bootstrap(console.Bootstrap, problems);
        Keys(console.Keys, problems);
    }

    private static void PublicUrl(string text, ConfigurationErrors problems)
    {
        if (Base(text, "Console:PublicUrl", problems) is { Scheme: "http", IsLoopback: false })
        {
            problems.Error("Console:PublicUrl", "must be https://: browsers send the cookie of a session over http to this machine only");
        }
    }

    /// <summary>Null for nothing, and for what has an error.</summary>
    private static Uri? Base(string text, string path, ConfigurationErrors problems)
    {
        if (ValueRules.WebAddress(text, path, problems) is not { } address)
        {
            return null;
        }

        if (
            address.PathAndQuery == "/"
            && address.Fragment.Length == 0
            && address.UserInfo.Length == 0
            && !text.AsSpan().ContainsAny('?', '#', '@')
        )
        {
            return address;
        }

        problems.Error(path, $"must be scheme, host and port only, not {problems.Quote(text)}");
        return null;
    }

    private static void Exposure(ConsoleOptions console, ListenOptions listen, ConfigurationErrors problems)
    {
        if (
            !ListenAddress.TryParse(listen.Console, out var address, out _)
            || address.IsLoopback
            || listen.Tls.Certificate.Length > 0
            || console.PublicUrl.StartsWith("https://", StringComparison.Ordinal)
        )
        {
            return;
        }

        problems.Error(
            "Listen:Console",
            $"{problems.Quote(address.Text)} is reachable from other machines without TLS; set Listen:Tls, or Console:PublicUrl to the "
                + "https:// address of the proxy before it"
        );
    }

    private static void Origins(List<string> origins, ConfigurationErrors problems)
    {
        for (var index = 0; index < origins.Count; index++)
        {
            if (
                !Uri.TryCreate(origins[index], UriKind.Absolute, out var origin)
                || origin.Scheme is not ("http" or "https")
                || origin.GetLeftPart(UriPartial.Authority) != origins[index]
            )
            {
                problems.Error(
                    SettingPath.Join("Console:CorsOrigins", index),
                    $"must be one exact origin such as https://app.example.com, not {problems.Quote(origins[index])}"
                );
            }
        }
    }

    private static void Bootstrap(BootstrapOptions bootstrap, ConfigurationErrors problems)
    {
        switch (bootstrap.Name.Length, bootstrap.Password)
        {
            case (0, null):
                return;
            case (0, _):
                problems.Error("Console:Bootstrap:Name", "must be set beside Password");
                return;
            case (_, null):
                problems.Error("Console:Bootstrap:Password", "must be set beside Name");
                return;
        }

        if (Rules.UserName(bootstrap.Name) is { } error)
        {
            problems.Error("Console:Bootstrap:Name", error);
        }

        var password = bootstrap.Password!.Reveal();
        if (
            _placeholders.Any(word => password.StartsWith(word, StringComparison.OrdinalIgnoreCase))
            || PasswordRules.ErrorOf(password, bootstrap.Name) is not null
        )
        {
            problems.Error(
                "Console:Bootstrap:Password",
                $"must have {PasswordRules.Shortest} to {PasswordRules.Longest} characters, be no placeholder and be hard to guess; "
                    + "generate one, e.g. openssl rand -base64 18"
            );
        }
    }

    private static void Keys(SelfServiceKeyOptions keys, ConfigurationErrors problems)
    {
        if (keys.DefaultLifetime > keys.MaxLifetime)
        {
            problems.Error("Console:Keys:DefaultLifetime", "must not exceed Console:Keys:MaxLifetime");
        }

        if (Rules.Scopes(keys.Scopes) is { } error)
        {
            problems.Error("Console:Keys:Scopes", error);
        }
    }
}
