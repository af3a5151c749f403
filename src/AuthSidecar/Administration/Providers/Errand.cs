using System.Globalization;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.OpenIdConnect;

namespace AuthSidecar.Administration.Providers;

internal enum ErrandKind
{
    /// <summary>A login to the console.</summary>
    LogIn,

    /// <summary>A link of the identity to the person of the session.</summary>
    Link,

    /// <summary>A new proof within a session, before a dangerous change.</summary>
    Reauthenticate,

    /// <summary>A proof of an identity without an account, to decide on a device.</summary>
    ApproveDevice,
}

/// <summary>The reason for which a browser is led to a provider; it comes back encrypted in <c>state</c>.</summary>
/// <param name="Kind">The reason.</param>
/// <param name="Return">Path of the console to which the person returns.</param>
/// <param name="SessionId">Id of the session that the errand is for; null: none.</param>
/// <param name="StartedAt">Time at which the browser was led away.</param>
/// <param name="UserCode">Code of the device in normal form; null: none.</param>
internal sealed record Errand(ErrandKind Kind, string Return, string? SessionId, DateTimeOffset StartedAt, string? UserCode = null)
{
    private const string KindItem = "errand";
    private const string ReturnItem = "return";
    private const string SessionItem = "session";
    private const string StartedItem = "started";
    private const string CodeItem = "user_code";

    public AuthenticationProperties ToProperties()
    {
        var properties = new OpenIdConnectChallengeProperties();
        properties.Items[KindItem] = Kind.ToString();
        properties.Items[ReturnItem] = Return;
        properties.Items[SessionItem] = SessionId;
        properties.Items[StartedItem] = StartedAt.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        properties.Items[CodeItem] = UserCode;
        if (Kind is ErrandKind.Link or ErrandKind.Reauthenticate)
        {
            properties.Prompt = "login";
            properties.MaxAge = TimeSpan.Zero;
        }

        return properties;
    }

    /// <returns>Null: not properties of an errand.</returns>
    public static Errand? Of(AuthenticationProperties? properties) =>
        properties?.Items is { } items
        && items.TryGetValue(KindItem, out var kind)
        && Enum.TryParse<ErrandKind>(kind, out var known)
        && items.TryGetValue(ReturnItem, out var path)
        && items.TryGetValue(SessionItem, out var session)
        && items.TryGetValue(StartedItem, out var started)
        && long.TryParse(started, CultureInfo.InvariantCulture, out var seconds)
            ? new(known, path ?? "", session, DateTimeOffset.FromUnixTimeSeconds(seconds), CodeOf(items))
            : null;

    private static string? CodeOf(IDictionary<string, string?> items) =>
        items.TryGetValue(CodeItem, out var code) && code is { Length: > 0 } ? code : null;
}
