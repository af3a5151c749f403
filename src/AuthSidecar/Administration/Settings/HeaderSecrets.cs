using AuthSidecar.Decisions.Text;
using AuthSidecar.Platform.Configuration;

namespace AuthSidecar.Administration.Settings;

/// <summary>Checks secrets that are sent or compared as header values, in all sections.</summary>
internal static class HeaderSecrets
{
    private const int LeastCharacters = 16;

    // The usual cause is a second newline at the end of a mounted file, which could split a header.
    public static void Check(SidecarSettings settings, ConfigurationErrors problems)
    {
        var secrets = settings
            .Providers.Select(entry => ($"Providers:{entry.Key}:Credential", entry.Value.Credential))
            .Concat(settings.Auth.ServiceCredentials.Select((secret, index) => ($"Auth:ServiceCredentials:{index}", (Secret?)secret)))
            .Concat(settings.Delegation.GatewayKeys.Select((secret, index) => ($"Delegation:GatewayKeys:{index}", (Secret?)secret)))
            .Concat(settings.Listen.CheckSecrets.Select((secret, index) => ($"Listen:CheckSecrets:{index}", (Secret?)secret)))
            .Append(("Auth:MasterKey", settings.Auth.MasterKey));
        foreach (var (path, secret) in secrets)
        {
            if (secret?.Reveal() is { } text && (text.AsSpan().ContainsAnyExceptInRange(' ', '~') || text[0] == ' ' || text[^1] == ' '))
            {
                problems.Error(
                    path,
                    "cannot stand in a header: it holds a line break, an outer space or a character that is not printable ASCII"
                );
            }
        }

        foreach (var (path, secret) in Own(settings))
        {
            if (secret?.Reveal().Length < LeastCharacters)
            {
                problems.Error(path, $"must have at least {LeastCharacters} characters; generate one, e.g. openssl rand -hex 32");
            }
        }

        foreach (var (name, provider) in settings.Providers.Where(entry => entry.Value.Credential is null))
        {
            problems.Warn(
                $"Providers:{name}:Credential",
                "is missing, so only callers' own credentials reach the provider; other requests are denied with 503 "
                    + "provider_credential_unavailable"
            );
        }
    }

    // Secrets that are chosen here; those of providers and of other systems have the length that these give them.
    private static IEnumerable<(string Path, Secret? Secret)> Own(SidecarSettings settings) =>
        settings
            .Auth.Peppers.Select((secret, index) => ($"Auth:Peppers:{index}", (Secret?)secret))
            .Concat(settings.Auth.ServiceCredentials.Select((secret, index) => ($"Auth:ServiceCredentials:{index}", (Secret?)secret)))
            .Concat(settings.Delegation.GatewayKeys.Select((secret, index) => ($"Delegation:GatewayKeys:{index}", (Secret?)secret)))
            .Concat(settings.Listen.CheckSecrets.Select((secret, index) => ($"Listen:CheckSecrets:{index}", (Secret?)secret)))
            .Append(("Auth:MasterKey", settings.Auth.MasterKey));
}
