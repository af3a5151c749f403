using AuthSidecar.Decisions.Text;
using AuthSidecar.Platform.Invalidation;
using AuthSidecar.Platform.Telemetry;

namespace AuthSidecar.Access.Jwt;

/// <summary>
/// The cached keys of one issuer. Refreshed every 10 minutes, and on an unknown key id, but at most every 30 s (5 s while the issuer is
/// unavailable). Keys that could not be refreshed for 24 hours expire.
/// </summary>
internal sealed partial class SigningKeys(JwtOptions entry, IssuerClient client, TimeProvider time, ILogger<SigningKeys> logger)
{
    private static readonly TimeSpan _regular = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan _least = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan _retry = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan _longestUse = TimeSpan.FromHours(24);

    // Each waiting request holds a token and its claims, 248 KiB at most.
    private const int MostWaiting = 128;
    private static readonly TimeSpan _longestWait = TimeSpan.FromSeconds(2);

    private readonly InFlight _waiting = new(MostWaiting);
    private readonly Lock _starting = new();
    private readonly OutageLog _outage = new(time);
    private Task<bool>? _reading;
    private long _began;
    private volatile KeySet? _read;

    /// <summary>Raised after the keys changed.</summary>
    public event Action? Changed;

    public bool IsFor(JwtOptions other) => entry.Issuer == other.Issuer && entry.JwksUri == other.JwksUri;

    public IReadOnlyList<SigningKey> Fitting(JwtHeader header) =>
        _read is { } read && time.GetElapsedTime(read.At) <= _longestUse ? [.. read.Keys.Where(key => key.Fits(header))] : [];

    /// <summary>Refreshes the keys if due.</summary>
    public Task RefreshWhenDueAsync()
    {
        lock (_starting)
        {
            return _reading is null || _outage.IsDown || time.GetElapsedTime(_began) >= _regular ? RefreshAsync() : Task.CompletedTask;
        }
    }

    /// <summary>Refreshes the keys, unless a refresh is recent or in progress.</summary>
    /// <returns>False when the issuer is unavailable.</returns>
    public Task<bool> RefreshAsync()
    {
        lock (_starting)
        {
            if (_reading is not null && (!_reading.IsCompleted || time.GetElapsedTime(_began) < (_outage.IsDown ? _retry : _least)))
            {
                return _reading;
            }

            _began = time.GetTimestamp();
            return _reading = Task.Run(ReadAsync);
        }
    }

    /// <summary>As <see cref="RefreshAsync"/>, for a request: waits for 2 s at most, and not at all while 128 others wait.</summary>
    public async Task<bool> WaitAsync()
    {
        var reading = RefreshAsync();
        if (reading.IsCompleted)
        {
            return await reading;
        }

        if (!_waiting.TryEnter())
        {
            return false;
        }

        try
        {
            return await reading.WaitAsync(_longestWait, time);
        }
        catch (TimeoutException)
        {
            return false;
        }
        finally
        {
            _waiting.Leave();
        }
    }

    private async Task<bool> ReadAsync()
    {
        try
        {
            var set = await client.GetAsync(entry.JwksUri.Length > 0 ? new(entry.JwksUri) : await DiscoverAsync());
            Take(new(SigningKey.ReadSet(set), set.GetProperty("keys").GetRawText(), time.GetTimestamp()));
            return true;
        }
        catch (Exception exception)
        {
            // Unexpected errors too: waiting requests need a result, and the previous keys remain valid.
            if (_outage.Fail())
            {
                LogUnavailable(exception, entry.Issuer);
            }

            return false;
        }
    }

    private void Take(KeySet now)
    {
        // An unchanged set keeps its key objects, whose references JwtIssuer compares.
        var before = _read;
        _read = now = before?.Text == now.Text ? before with { At = now.At } : now;
        if (_outage.Recover() is { } outage)
        {
            LogAvailable(entry.Issuer, outage.Duration, outage.Failures);
        }

        if (before?.Text != now.Text)
        {
            LogKeys(entry.Issuer, now.Keys.Count);
        }

        // Before the first keys no result was cached.
        if (before is not null && before.Text != now.Text)
        {
            Changed?.Invoke();
        }
    }

    // OpenID Connect Discovery 1.0, 4.
    private async Task<Uri> DiscoverAsync()
    {
        var facts = await client.GetAsync(new($"{entry.Issuer.TrimEnd('/')}/.well-known/openid-configuration"));
        if (StrictJson.Text(facts, "issuer") != entry.Issuer)
        {
            throw new IssuerException("The discovery document belongs to another issuer.");
        }

        return Uri.TryCreate(StrictJson.Text(facts, "jwks_uri"), UriKind.Absolute, out var address) && IsAllowed(address)
            ? address
            : throw new IssuerException(
                "The discovery document has no allowed jwks_uri: https, or http on the loopback for an issuer on the loopback."
            );
    }

    // A remote issuer must not make the sidecar call its own machine (SSRF).
    private bool IsAllowed(Uri address) =>
        address.Scheme == Uri.UriSchemeHttps || (IssuerClient.IsSecure(address) && new Uri(entry.Issuer).Scheme == Uri.UriSchemeHttp);

    private sealed record KeySet(IReadOnlyList<SigningKey> Keys, string Text, long At);

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "Signing keys of {Issuer} unavailable; using the previous keys for at most 24 hours, or denying its tokens with 503 if "
            + "there are none."
    )]
    private partial void LogUnavailable(Exception exception, string issuer);

    [LoggerMessage(
        Level = LogLevel.Information,
        Message = "Signing keys of {Issuer} available again after {Duration}; {Failures} refreshes failed."
    )]
    private partial void LogAvailable(string issuer, TimeSpan duration, long failures);

    [LoggerMessage(Level = LogLevel.Information, Message = "{Issuer} has {Count} usable signing keys.")]
    private partial void LogKeys(string issuer, int count);
}
