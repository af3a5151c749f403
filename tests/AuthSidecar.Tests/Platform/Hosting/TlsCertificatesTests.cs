using System.Security.Cryptography;
using AuthSidecar.Platform.Hosting;
using AuthSidecar.Tests.Platform.Storage;
using AuthSidecar.TestSupport;
using AuthSidecar.TestSupport.Servers;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;

namespace AuthSidecar.Tests.Platform.Hosting;

public sealed class TlsCertificatesTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly TestAuthority _first = new("first");
    private readonly TestAuthority _second = new("second");
    private readonly TestMeters _meters = new();
    private readonly FakeTimeProvider _time = new(DateTimeOffset.UtcNow);
    private readonly RecordingLogger<TlsCertificates> _log = new();
    private readonly TlsOptions _options;

    public TlsCertificatesTests()
    {
        _options = new() { Certificate = _directory["tls.crt"], Key = _directory["tls.key"] };
        _first.WriteServer(_options.Certificate, _options.Key);
    }

    [Fact]
    public void ChangedPair_IsInForce_WhenItIsTheSameTwice()
    {
        using var certificates = Make();
        Assert.True(_first.Issued(certificates.Current.Server.TargetCertificate));

        _second.WriteServer(_options.Certificate, _options.Key);
        certificates.Poll();
        Assert.True(_first.Issued(certificates.Current.Server.TargetCertificate));
        certificates.Poll();

        Assert.True(_second.Issued(certificates.Current.Server.TargetCertificate));
        Assert.Equal(LogLevel.Information, Assert.Single(_log.Entries).Level);
    }

    [Fact]
    public void CertificateBeforeItsKey_ChangesNothing_AndTheKeyCompletesIt()
    {
        using var certificates = Make();
        var key = File.ReadAllText(_options.Key);
        _second.WriteServer(_options.Certificate, _options.Key);
        var next = File.ReadAllText(_options.Key);
        File.WriteAllText(_options.Key, key);

        PollTwice(certificates);
        PollTwice(certificates);
        Assert.True(_first.Issued(certificates.Current.Server.TargetCertificate));
        var entry = Assert.Single(_log.Entries);
        Assert.Equal(LogLevel.Error, entry.Level);
        Assert.Contains("keeping the certificate", entry.Message, StringComparison.Ordinal);

        File.WriteAllText(_options.Key, next);
        PollTwice(certificates);
        Assert.True(_second.Issued(certificates.Current.Server.TargetCertificate));
    }

    [Theory]
    [InlineData("")]
    [InlineData("no certificate")]
    [InlineData(null)]
    public void UnusableFile_ChangesNothing_AndIsLoggedOnce(string? content)
    {
        _options.ClientCa = _directory["ca.crt"];
        File.WriteAllText(_options.ClientCa, _first.Pem);
        using var certificates = Make();
        var before = certificates.Current;
        var errors = 0;
        foreach (var file in new[] { _options.Certificate, _options.Key, _options.ClientCa })
        {
            var good = File.ReadAllText(file);
            if (content is null)
            {
                File.Delete(file);
            }
            else
            {
                File.WriteAllText(file, content);
            }

            PollTwice(certificates);
            PollTwice(certificates);
            Assert.Same(before, certificates.Current);
            errors++;
            Assert.Equal(errors, _log.Entries.Count(entry => entry.Level == LogLevel.Error));
            Assert.Contains(file, _log.Entries[^1].Message, StringComparison.Ordinal);

            File.WriteAllText(file, good);
            PollTwice(certificates);
            Assert.NotSame(before, certificates.Current);
            before = certificates.Current;
        }
    }

    [Fact]
    public void CertificateThatEnded_DoesNotReplaceAnother()
    {
        using var certificates = Make();
        _time.SetUtcNow(certificates.Current.NotAfter.AddHours(1));

        _second.WriteServer(_options.Certificate, _options.Key);
        PollTwice(certificates);

        Assert.True(_first.Issued(certificates.Current.Server.TargetCertificate));
        Assert.Contains("the certificate ended", Assert.Single(_log.Entries).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void CertificateThatHasNotBegun_DoesNotReplaceAnother()
    {
        var yesterday = new FakeTimeProvider(DateTimeOffset.UtcNow.AddDays(-1));
        using var certificates = new TlsCertificates(_options, _meters, yesterday, _log);

        _second.WriteServer(_options.Certificate, _options.Key);
        PollTwice(certificates);

        Assert.True(_first.Issued(certificates.Current.Server.TargetCertificate));
        Assert.Contains("the certificate begins", Assert.Single(_log.Entries).Message, StringComparison.Ordinal);
    }

    /// <summary>A removed authority must not stay trusted because another file is bad.</summary>
    [Fact]
    public void ClientCa_IsReplaced_BesideACertificateThatHasEnded()
    {
        _options.ClientCa = _directory["ca.crt"];
        File.WriteAllText(_options.ClientCa, _first.Pem);
        using var certificates = Make();
        _time.SetUtcNow(certificates.Current.NotAfter.AddHours(1));

        File.WriteAllText(_options.ClientCa, _second.Pem);
        PollTwice(certificates);

        Assert.Equal("CN=second", Assert.Single(certificates.Current.Authorities!).Subject);
    }

    [Fact]
    public void ClientCa_IsReplacedToo()
    {
        _options.ClientCa = _directory["ca.crt"];
        File.WriteAllText(_options.ClientCa, _first.Pem);
        using var certificates = Make();

        File.WriteAllText(_options.ClientCa, _first.Pem + _second.Pem);
        PollTwice(certificates);

        Assert.Equal(2, certificates.Current.Authorities?.Count);
    }

    [Fact]
    public void Expiry_IsAMetric()
    {
        _options.ClientCa = _directory["ca.crt"];
        File.WriteAllText(_options.ClientCa, _first.Pem);
        using var certificates = Make();
        using var metrics = new Scrape(_meters);

        var samples = metrics.Read().Samples;

        foreach (var name in new[] { "server", "client_ca" })
        {
            var end = DateTimeOffset.FromUnixTimeSeconds(
                (long)samples[$$"""authsidecar_tls_expiry_timestamp_seconds{certificate="{{name}}"}"""]
            );
            Assert.Equal(certificates.Current.NotAfter, end);
        }
    }

    [Fact]
    public void UnusableFilesAtTheStart_AreAnError()
    {
        File.WriteAllText(_options.Key, "no key");

        Assert.Throws<CryptographicException>(() => Make());
    }

    [Fact]
    public void WithoutTls_NothingIsReadOrMeasured()
    {
        using var certificates = new TlsCertificates(new(), _meters, TimeProvider.System, _log);
        using var metrics = new Scrape(_meters);

        certificates.Poll();

        Assert.Throws<InvalidOperationException>(() => certificates.Current);
        Assert.DoesNotContain(metrics.Read().Samples.Keys, name => name.StartsWith("authsidecar_tls", StringComparison.Ordinal));
    }

    public void Dispose()
    {
        _directory.Dispose();
        _first.Dispose();
        _second.Dispose();
        _meters.Dispose();
    }

    private static void PollTwice(TlsCertificates certificates)
    {
        certificates.Poll();
        certificates.Poll();
    }

    private TlsCertificates Make() => new(_options, _meters, _time, _log);
}
