using System.Diagnostics.Metrics;
using System.Security.Cryptography;
using AuthSidecar.Platform.Configuration;
using AuthSidecar.Platform.Telemetry;

namespace AuthSidecar.Platform.Hosting;

/// <summary>
/// The certificates in force. Replaced when the files of <c>Listen:Tls</c> changed and are the same in two successive polls; files that
/// cannot be used, such as a certificate without its key yet, change nothing.
/// </summary>
internal sealed partial class TlsCertificates : BackgroundService
{
    private static readonly TimeSpan _interval = TimeSpan.FromSeconds(1);

    private readonly TlsOptions _tls;
    private readonly TimeProvider _time;
    private readonly ILogger<TlsCertificates> _logger;
    private volatile TlsMaterial? _current;
    private IReadOnlyDictionary<string, string> _seen = new Dictionary<string, string>();
    private IReadOnlyDictionary<string, string>? _pending;

    /// <exception cref="CryptographicException">The files cannot be used.</exception>
    public TlsCertificates(TlsOptions tls, IMeterFactory meters, TimeProvider time, ILogger<TlsCertificates> logger)
    {
        (_tls, _time, _logger) = (tls, time, logger);
        if (tls.Certificate.Length == 0)
        {
            return;
        }

        var files = new SettingsFiles();
        _current = TlsMaterial.Read(tls, files);
        _seen = files.Fingerprint;
        meters
            .Create(MeterNames.Sidecar)
            .CreateObservableGauge(
                "authsidecar_tls_expiry_timestamp_seconds",
                Ends,
                null,
                "End of the certificates in force, in seconds since 1970."
            );
    }

    /// <exception cref="InvalidOperationException">TLS is not configured.</exception>
    public TlsMaterial Current => _current ?? throw new InvalidOperationException("Listen:Tls is not configured.");

    /// <summary>Replaces the certificates if the files changed and did not change again since the last call.</summary>
    public void Poll()
    {
        var files = SettingsFiles.Scan(_seen.Keys);
        var now = files.Fingerprint;
        if (Same(now, _seen))
        {
            _pending = null;
            return;
        }

        if (_pending is null || !Same(now, _pending))
        {
            _pending = now;
            return;
        }

        (_pending, _seen) = (null, now);
        try
        {
            var next = TlsMaterial.Read(_tls, files);
            if (ProblemOf(next) is { } problem)
            {
                LogRejected(problem, Current.NotAfter);
                return;
            }

            _current = next;
            LogReplaced(next.NotAfter);
        }
        catch (CryptographicException exception)
        {
            LogRejected(exception.Message, Current.NotAfter);
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (_current is null)
        {
            return;
        }

        using var timer = new PeriodicTimer(_interval, _time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                Poll();
            }
            catch (Exception exception)
            {
                // A failed background service would stop the process.
                LogPollFailed(exception);
            }
        }
    }

    // The certificate in force is no reason to keep authorities that were removed.
    private string? ProblemOf(TlsMaterial next)
    {
        var now = _time.GetUtcNow();
        return next.Thumbprint == Current.Thumbprint ? null
            : next.NotAfter <= now ? $"the certificate ended {next.NotAfter:u}"
            : next.NotBefore > now ? $"the certificate begins {next.NotBefore:u}"
            : null;
    }

    private static bool Same(IReadOnlyDictionary<string, string> one, IReadOnlyDictionary<string, string> other) =>
        one.All(file => other.TryGetValue(file.Key, out var content) && content == file.Value);

    private IEnumerable<Measurement<long>> Ends()
    {
        var current = Current;
        yield return new(current.NotAfter.ToUnixTimeSeconds(), new KeyValuePair<string, object?>("certificate", "server"));
        if (current.AuthoritiesNotAfter is { } end)
        {
            yield return new(end.ToUnixTimeSeconds(), new KeyValuePair<string, object?>("certificate", "client_ca"));
        }
    }

    [LoggerMessage(
        Level = LogLevel.Information,
        Message = "Files of Listen:Tls replaced; new connections use a certificate that ends {NotAfter:u}."
    )]
    private partial void LogReplaced(DateTimeOffset notAfter);

    [LoggerMessage(
        Level = LogLevel.Error,
        Message = "Files of Listen:Tls rejected ({Problem}); keeping the certificate that ends {NotAfter:u}."
    )]
    private partial void LogRejected(string problem, DateTimeOffset notAfter);

    [LoggerMessage(Level = LogLevel.Error, Message = "Reading the files of Listen:Tls failed; retrying.")]
    private partial void LogPollFailed(Exception exception);
}
