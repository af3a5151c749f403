using AuthSidecar.Decisions.Text;

namespace AuthSidecar.Administration.Providers;

/// <summary>People whom an identity provider signs in.</summary>
internal enum LoginPurpose
{
    /// <summary>People with an account, in the console.</summary>
    Account,

    /// <summary>People without one, to approve a device.</summary>
    EndUser,
}

/// <summary>One entry of <c>Login</c>: an identity provider (OpenID Connect) with which people sign in.</summary>
internal sealed class LoginOptions
{
    /// <summary>Short name, of <c>a-z</c>, <c>0-9</c> and <c>-</c>; part of the redirect address.</summary>
    public string Name { get; set; } = "";

    /// <summary>Name on the button. Empty: <c>Name</c>.</summary>
    public string Title { get; set; } = "";

    /// <summary>Issuer, exactly as in the provider's discovery document and tokens.</summary>
    public string Issuer { get; set; } = "";

    /// <summary>Id of the sidecar at the provider.</summary>
    public string ClientId { get; set; } = "";

    /// <summary>Secret of the sidecar at the provider, sent as <c>client_secret_post</c>.</summary>
    public Secret? ClientSecret { get; set; }

    /// <summary>Purpose of the sign-in: a login to the console, or the approval of a device by people without an account.</summary>
    public LoginPurpose For { get; set; }

    /// <summary>Creates an account at the first login of an unknown person. False: the identity has to be linked first.</summary>
    public bool Create { get; set; }

    /// <summary>
    /// Domains of verified e-mail addresses for which accounts are created, such as <c>example.com</c>. Empty: every person of the
    /// provider.
    /// </summary>
    public List<string> Domains { get; set; } = [];

    /// <summary>
    /// Claim that decides at each login whether the person is an admin, such as <c>groups</c>. Empty: the provider decides no roles.
    /// </summary>
    public string AdminClaim { get; set; } = "";

    /// <summary>Value of the claim, or one of its values, that makes a person an admin.</summary>
    public string AdminValue { get; set; } = "";
}
