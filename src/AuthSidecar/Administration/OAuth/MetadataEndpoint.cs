using System.Text.Json.Serialization;
using AuthSidecar.Access.Authorization;
using AuthSidecar.Administration.Devices;
using AuthSidecar.Administration.Web;
using AuthSidecar.Platform.Configuration;

namespace AuthSidecar.Administration.OAuth;

/// <summary>Metadata of the authorization server (RFC 8414, RFC 8628 4). It has no authorization endpoint, so no response types.</summary>
internal sealed record MetadataDocument(
    string Issuer,
    string TokenEndpoint,
    string DeviceAuthorizationEndpoint,
    string RevocationEndpoint,
    string IntrospectionEndpoint,
    IReadOnlyList<string> GrantTypesSupported,
    IReadOnlyList<string> TokenEndpointAuthMethodsSupported,
    IReadOnlyList<string> RevocationEndpointAuthMethodsSupported,
    IReadOnlyList<string> IntrospectionEndpointAuthMethodsSupported,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyList<string>? ScopesSupported
);

/// <summary><c>GET /.well-known/oauth-authorization-server</c></summary>
internal sealed class MetadataEndpoint(OwnOrigins origins, LiveOptions<DeviceOptions> devices)
{
    public const string Path = "/.well-known/oauth-authorization-server";

    private static readonly string[] _public = ["none"];
    private static readonly string[] _bearer = ["Bearer"];

    public IResult Show(HttpContext http)
    {
        var issuer = origins.AddressFor(http) ?? throw OAuthException.Misdirected();
        return new OAuthAnswer(
            new MetadataDocument(
                issuer,
                $"{issuer}/oauth/token",
                $"{issuer}/oauth/device/code",
                $"{issuer}/oauth/revoke",
                $"{issuer}/oauth/introspect",
                [TokenEndpoint.GrantType],
                _public,
                _public,
                _bearer,
                Scopes()
            )
        );
    }

    // An empty list must be left out (RFC 8414 3.2).
    private List<string>? Scopes() =>
        devices
            .Current.Clients.SelectMany(client => client.Scopes.Count > 0 ? client.Scopes : [AccessRules.FullScope])
            .Distinct(StringComparer.Ordinal)
            .Order(StringComparer.Ordinal)
            .ToList()
            is { Count: > 0 } scopes
            ? scopes
            : null;
}
