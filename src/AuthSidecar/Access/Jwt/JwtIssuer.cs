using AuthSidecar.Access.Identities;
using AuthSidecar.Decisions.Text;
using AuthSidecar.Platform.Invalidation;
using AuthSidecar.Platform.Telemetry;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace AuthSidecar.Access.Jwt;

/// <summary>One entry of <c>Jwt</c>: verifies the tokens of its issuer.</summary>
internal sealed partial class JwtIssuer(
    JwtOptions entry,
    SigningKeys keys,
    IssuerClient client,
    TimeProvider time,
    ILogger<JwtIssuer> logger
)
{
    // Bounds the verifications per token: a token without "kid" is tried with every fitting key.
    private const int MostTried = 4;

    // Bounds the calls, each holding its token, that wait for a hanging server.
    private const int MostRevocationChecks = 256;

    private static readonly JsonWebTokenHandler _handler = new();

    private readonly InFlight _revocationChecks = new(MostRevocationChecks);
    private readonly OutageLog _outage = new(time);

    public SigningKeys Keys { get; } = keys;

    /// <summary>True when authentication needs a signature verification: the header is valid and there is a key to try.</summary>
    public bool NeedsVerification(JwtText text) =>
        JwtHeader.Read(text.Header) is { } header
        && entry.AllowedAlgorithms.Contains(header.Algorithm)
        && Keys.Fitting(header).Count is > 0 and <= MostTried;

    /// <summary>Checks header, signature, audience, times, claims and finally revocation.</summary>
    public async Task<AuthenticationResult> VerifyAsync(string token, JwtText text)
    {
        if (JwtHeader.Read(text.Header) is not { } header)
        {
            return AuthenticationFailure.InvalidKey;
        }

        if (!entry.AllowedAlgorithms.Contains(header.Algorithm))
        {
            return AuthenticationFailure.WrongSignature;
        }

        if (await VerifySignatureAsync(token, header) is { } failure)
        {
            return failure;
        }

        var result = JwtClaims.Judge(text.Payload, entry, time.GetUtcNow());
        return result.Identity is { } identity && await CheckRevocationAsync(token, text) is { } revoked
            ? AuthenticationResult.Denied(revoked, identity)
            : result;
    }

    private async Task<AuthenticationFailure?> VerifySignatureAsync(string token, JwtHeader header)
    {
        var fitting = Keys.Fitting(header);
        var failure = await TryAsync(token, fitting);
        var isKeyKnown = header.KeyId is not null && fitting.Count > 0;
        if (failure != AuthenticationFailure.WrongSignature || isKeyKnown)
        {
            return failure;
        }

        if (!await Keys.WaitAsync())
        {
            return AuthenticationFailure.IssuerUnavailable;
        }

        // Unchanged keys give the same result.
        var now = Keys.Fitting(header);
        return now.SequenceEqual<object>(fitting, ReferenceEqualityComparer.Instance) ? failure : await TryAsync(token, now);
    }

    private async Task<AuthenticationFailure?> TryAsync(string token, IReadOnlyList<SigningKey> fitting)
    {
        if (fitting.Count == 0)
        {
            return AuthenticationFailure.WrongSignature;
        }

        if (fitting.Count > MostTried)
        {
            return AuthenticationFailure.AmbiguousKey;
        }

        var result = await _handler.ValidateTokenAsync(
            token,
            new TokenValidationParameters
            {
                ValidAlgorithms = entry.AllowedAlgorithms,
                IssuerSigningKeyResolver = (_, _, _, _) => fitting.Select(key => key.Key),
                ValidIssuer = entry.Issuer,
                ValidAudiences = entry.Audiences,
                IgnoreTrailingSlashWhenValidatingAudience = false,

                // Checked afterwards with the injected clock: only an otherwise valid token is reported as expired.
                LifetimeValidator = (_, _, _, _) => true,
            }
        );
        return result.Exception switch
        {
            null when result.IsValid => null,
            SecurityTokenInvalidAudienceException => AuthenticationFailure.WrongAudience,
            SecurityTokenInvalidIssuerException => AuthenticationFailure.UnknownIssuer,
            SecurityTokenInvalidSignatureException or SecurityTokenInvalidAlgorithmException => AuthenticationFailure.WrongSignature,
            SecurityTokenException or ArgumentException => AuthenticationFailure.InvalidKey,
            var fault => throw new InvalidOperationException("The token could not be verified.", fault),
        };
    }

    private async Task<AuthenticationFailure?> CheckRevocationAsync(string token, JwtText text)
    {
        if (entry.RevocationUri.Length == 0)
        {
            return null;
        }

        if (!_revocationChecks.TryEnter())
        {
            return AuthenticationFailure.IssuerUnavailable;
        }

        try
        {
            var failure = RevocationAnswer.Judge(
                await client.PostAsync(new(entry.RevocationUri), "token", token),
                JwtClaims.LoggedInAt(text.Payload)
            );
            if (_outage.Recover() is { } outage)
            {
                LogAvailable(entry.Issuer, outage.Duration, outage.Failures);
            }

            return failure;
        }
        catch (IssuerException exception)
        {
            if (_outage.Fail())
            {
                LogUnavailable(exception, entry.Issuer);
            }

            return AuthenticationFailure.IssuerUnavailable;
        }
        finally
        {
            _revocationChecks.Leave();
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Revocation check of {Issuer} unavailable; denying uncached tokens with 503.")]
    private partial void LogUnavailable(Exception exception, string issuer);

    [LoggerMessage(
        Level = LogLevel.Information,
        Message = "Revocation check of {Issuer} available again after {Duration}; {Failures} calls failed."
    )]
    private partial void LogAvailable(string issuer, TimeSpan duration, long failures);
}
