using System.Text.Json.Serialization;

namespace AuthSidecar.Administration.Client;

/// <summary>Metadata of an authorization server (RFC 8414), as far as the commands need it.</summary>
internal sealed record ServerMetadata
{
    [JsonPropertyName("issuer")]
    public string? Issuer { get; init; }

    [JsonPropertyName("device_authorization_endpoint")]
    public string? DeviceAuthorization { get; init; }

    [JsonPropertyName("token_endpoint")]
    public string? Token { get; init; }

    [JsonPropertyName("revocation_endpoint")]
    public string? Revocation { get; init; }
}

/// <summary>Answer to the request of a device (RFC 8628, 3.2).</summary>
internal sealed record DeviceAuthorization
{
    [JsonPropertyName("device_code")]
    public string? DeviceCode { get; init; }

    [JsonPropertyName("user_code")]
    public string? UserCode { get; init; }

    [JsonPropertyName("verification_uri")]
    public string? Address { get; init; }

    [JsonPropertyName("verification_uri_complete")]
    public string? AddressWithCode { get; init; }

    /// <summary>Seconds.</summary>
    [JsonPropertyName("expires_in")]
    public double ExpiresIn { get; init; }

    /// <summary>Seconds between two polls.</summary>
    [JsonPropertyName("interval")]
    public double Interval { get; init; } = 5;
}

/// <summary>Answer to a poll (RFC 8628, 3.5; RFC 6749, 5.1 and 5.2).</summary>
internal sealed record TokenAnswer
{
    [JsonPropertyName("access_token")]
    public string? Token { get; init; }

    /// <summary>Seconds.</summary>
    [JsonPropertyName("expires_in")]
    public double? ExpiresIn { get; init; }

    [JsonPropertyName("token_id")]
    public string? TokenId { get; init; }

    [JsonPropertyName("scope")]
    public string? Scope { get; init; }

    [JsonPropertyName("error")]
    public string? Error { get; init; }

    [JsonPropertyName("error_description")]
    public string? Description { get; init; }
}
