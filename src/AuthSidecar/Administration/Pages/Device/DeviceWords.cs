using AuthSidecar.Access.Authorization;
using AuthSidecar.Access.Identities;
using AuthSidecar.Administration.Pages.Me;
using AuthSidecar.Decisions.Text;

namespace AuthSidecar.Administration.Pages.Device;

/// <summary>Rights and devices in a person's words.</summary>
internal static class DeviceWords
{
    /// <summary>What no token of a device may do.</summary>
    public const string Forbidden = "Sign in here, make or change keys, change passwords, or approve other devices.";

    /// <summary>What a token of these scopes may do, a sentence each.</summary>
    public static IEnumerable<string> Rights(IReadOnlyList<string> scopes)
    {
        if (scopes.Contains(AccessRules.FullScope))
        {
            yield return "Send every request that you may send, at your cost and within your limits.";
        }
        else
        {
            yield return $"Send requests that need only {Listed(scopes)}, at your cost and within your limits.";
        }

        yield return "See your usage.";
    }

    /// <summary>What a token of a person without an account may do.</summary>
    public static IReadOnlyList<string> ExternalRights { get; } =
    [
        $"Use the apps that are open to people without an account ({Listed(SpaceSeparated.Split(IdentityFactory.ExternalScopes))}), "
            + "within the limits that are set for you.",
        "See the devices that you approved, and end their access.",
    ];

    public static string Lifetime(TimeSpan lifetime) => Formats.Span(lifetime);

    /// <summary>A browser in words, and any other program as it calls itself.</summary>
    public static string Agent(string? agent) => string.IsNullOrWhiteSpace(agent) ? "an unknown program" : Browser.Words(agent);

    private static string Listed(IReadOnlyList<string> scopes) =>
        scopes.Count == 1 ? $"the right {scopes[0]}" : $"the rights {string.Join(", ", scopes.SkipLast(1))} and {scopes[^1]}";
}
