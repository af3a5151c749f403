namespace AuthSidecar.Administration.Providers;

/// <summary>Logout at the provider that began a session (OpenID Connect RP-Initiated Logout 1.0).</summary>
internal sealed class ProviderLogout(LoginProviders providers)
{
    /// <param name="issuer">Issuer of the ended session; null: it began with a password.</param>
    /// <param name="cancellationToken">Cancels the read of the discovery document.</param>
    /// <returns>Address that ends the provider's session and leads back to the login; null: the provider has none.</returns>
    public async Task<string?> AddressAsync(string? issuer, CancellationToken cancellationToken)
    {
        if (
            providers.FindIssuer(issuer) is not { } provider
            || await provider.Discovery.FindAsync(cancellationToken) is not { EndSessionEndpoint: { Length: > 0 } endpoint }
        )
        {
            return null;
        }

        var query =
            $"client_id={Uri.EscapeDataString(provider.Options.ClientId)}"
            + $"&post_logout_redirect_uri={Uri.EscapeDataString(provider.AfterLogout)}";
        return endpoint + (endpoint.Contains('?', StringComparison.Ordinal) ? '&' : '?') + query;
    }
}
