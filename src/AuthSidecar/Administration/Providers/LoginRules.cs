using System.Text.RegularExpressions;
using AuthSidecar.Administration.Web;
using AuthSidecar.Platform.Configuration;

namespace AuthSidecar.Administration.Providers;

/// <summary>Checks section <c>Login</c>: required values, unique names, secure addresses.</summary>
internal static partial class LoginRules
{
    // Issuer and subject must fit into an index of the store.
    private const int LongestIssuer = 1024;

    public static void Check(List<LoginOptions> providers, ConsoleOptions console, ConfigurationErrors problems)
    {
        for (var index = 0; index < providers.Count; index++)
        {
            var (path, login) = (SettingPath.Join("Login", index), providers[index]);
            Check(path, login, problems);
            if (providers.Take(index).Any(other => other.Name == login.Name))
            {
                problems.Error($"{path}:Name", $"{problems.Quote(login.Name)} has an entry already; names are unique");
            }

            if (providers.Take(index).Any(other => other.Issuer == login.Issuer && other.For == login.For))
            {
                problems.Error($"{path}:Issuer", $"{problems.Quote(login.Issuer)} has an entry for the same people already; keep one");
            }
        }

        if (providers.Count > 0 && console.PublicUrl.Length == 0)
        {
            problems.Error("Console:PublicUrl", "must be set beside Login: identity providers lead browsers back to this address");
        }
    }

    private static void Check(string path, LoginOptions login, ConfigurationErrors problems)
    {
        if (!NameForm().IsMatch(login.Name))
        {
            problems.Error($"{path}:Name", $"must have 1 to 32 of a-z, 0-9 and -, not {problems.Quote(login.Name)}");
        }

        Issuer(login.Issuer, $"{path}:Issuer", problems);
        if (login.ClientId.Length == 0)
        {
            problems.Error($"{path}:ClientId", "must be the id that the provider gave to the sidecar");
        }

        if (login.ClientSecret is null || login.ClientSecret.Reveal().Length == 0)
        {
            problems.Error($"{path}:ClientSecret", "must be set, e.g. as file:PATH or env:NAME");
        }

        Admin(path, login, problems);
        for (var index = 0; index < login.Domains.Count; index++)
        {
            if (!DomainForm().IsMatch(login.Domains[index]))
            {
                problems.Error(
                    SettingPath.Join($"{path}:Domains", index),
                    $"must be a domain such as example.com, not {problems.Quote(login.Domains[index])}"
                );
            }
        }

        if (login is { Domains.Count: > 0, Create: false })
        {
            problems.Error($"{path}:Domains", "restricts the creation of accounts, which Create does not allow; set Create or remove it");
        }

        if (login.For == LoginPurpose.EndUser && (login.Create || login.AdminClaim.Length > 0))
        {
            problems.Error($"{path}:For", "end_user signs in people without an account; remove Create, Domains and AdminClaim");
        }
    }

    private static void Issuer(string issuer, string path, ConfigurationErrors problems)
    {
        if (issuer.Length is 0 or > LongestIssuer)
        {
            problems.Error(path, $"must be the provider's issuer, of at most {LongestIssuer} characters");
        }
        else if (ValueRules.WebAddress(issuer, path, problems) is { } address)
        {
            if (address is { Scheme: "http", IsLoopback: false })
            {
                problems.Error(path, $"http is for loopback only; write https://, not {problems.Quote(issuer)}");
            }

            if (address.Query.Length > 0 || address.Fragment.Length > 0 || address.UserInfo.Length > 0)
            {
                problems.Error(path, $"must have neither query, fragment nor user, as {problems.Quote(issuer)} has");
            }
        }
    }

    private static void Admin(string path, LoginOptions login, ConfigurationErrors problems)
    {
        if (login.AdminClaim.Length == 0 != (login.AdminValue.Length == 0))
        {
            problems.Error(
                $"{path}:{(login.AdminClaim.Length == 0 ? "AdminClaim" : "AdminValue")}",
                "must be set: AdminClaim and AdminValue belong together"
            );
        }
    }

    [GeneratedRegex(@"\A[a-z0-9-]{1,32}\z")]
    private static partial Regex NameForm();

    [GeneratedRegex(@"\A[a-z0-9-]+(\.[a-z0-9-]+)+\z", RegexOptions.IgnoreCase)]
    private static partial Regex DomainForm();
}
