using AuthSidecar.Administration.Web;

namespace AuthSidecar.Administration.Providers;

/// <summary>An identity provider as configured.</summary>
internal sealed class LoginProvider(LoginOptions options, ConsoleOptions console, DiscoveryDocument discovery)
{
    private readonly string _publicUrl = new Uri(console.PublicUrl).GetLeftPart(UriPartial.Authority);

    public LoginOptions Options => options;
    public string Name => options.Name;
    public string Title => options.Title.Length > 0 ? options.Title : options.Name;
    public string Issuer => options.Issuer;
    public DiscoveryDocument Discovery => discovery;

    /// <summary>The authentication scheme.</summary>
    public string Scheme => SchemeOf(options);

    /// <summary>
    /// Path to which the provider leads the browser back. Each provider has its own, so that the answer of one is none of another (RFC 9700
    /// 4.4).
    /// </summary>
    public string CallbackPath =>
        options.For == LoginPurpose.EndUser ? $"/oauth/device/sso-complete/{Name}" : $"/auth/oidc/{Name}/callback";

    public string CallbackAddress => _publicUrl + CallbackPath;

    /// <summary>Address to which the provider leads the browser after a logout.</summary>
    public string AfterLogout => $"{_publicUrl}/ui/login";

    public static string SchemeOf(LoginOptions options) => $"oidc:{options.Name}";
}

/// <summary>All identity providers, in the order of the settings.</summary>
internal sealed class LoginProviders(IReadOnlyList<LoginProvider> all)
{
    public IReadOnlyList<LoginProvider> All => all;

    /// <summary>Those of the console.</summary>
    public IReadOnlyList<LoginProvider> Accounts { get; } = [.. all.Where(provider => provider.Options.For == LoginPurpose.Account)];

    /// <summary>Those of people without an account, who approve a device.</summary>
    public IReadOnlyList<LoginProvider> EndUsers { get; } = [.. all.Where(provider => provider.Options.For == LoginPurpose.EndUser)];

    /// <returns>A provider of the console; null: none has the name.</returns>
    public LoginProvider? FindAccount(string? name) => Accounts.FirstOrDefault(provider => provider.Name == name);

    /// <returns>A provider of the console; null: none is this issuer.</returns>
    public LoginProvider? FindIssuer(string? issuer) => Accounts.FirstOrDefault(provider => provider.Issuer == issuer);

    /// <returns>A provider of people without an account; null: none has the name.</returns>
    public LoginProvider? FindEndUser(string? name) => EndUsers.FirstOrDefault(provider => provider.Name == name);

    /// <returns>A provider of people without an account; null: none is this issuer.</returns>
    public LoginProvider? FindEndUserIssuer(string issuer) => EndUsers.FirstOrDefault(provider => provider.Issuer == issuer);

    /// <summary>Name of an issuer for people.</summary>
    public string TitleOf(string issuer) => FindIssuer(issuer)?.Title ?? issuer;
}
