using AuthSidecar.Access.Credentials;
using AuthSidecar.Decisions.Pipeline;
using AuthSidecar.Decisions.Policies;
using AuthSidecar.Decisions.Text;
using AuthSidecar.Decisions.Vocabulary;

namespace AuthSidecar.Tests.Access.Credentials;

/// <summary>A token that contains separators; the corpus has none.</summary>
public sealed class ByokStepTests
{
    private const string MasterKey = "master=key;of,\"it\"";

    [Theory]
    [InlineData($"Bearer {MasterKey}")]
    [InlineData($"Bearer x {MasterKey}")]
    [InlineData($"{MasterKey} x")]
    public async Task MasterKeyWithSeparators_IsDenied_AsAnyWord(string value) =>
        Assert.Same(Denials.CredentialDestinationMismatch, (await RunAsync(value)).Denial);

    [Fact]
    public async Task OtherCredential_Passes() => Assert.True((await RunAsync("Bearer sk-proj-1")).IsContinue);

    private static ValueTask<StepResult> RunAsync(string value)
    {
        var headers = new RequestHeaders();
        headers.Add(KnownHeader.Authorization, value);
        var request = new InboundRequest
        {
            Method = "POST",
            Host = "h",
            Target = "/v1/chat/completions",
            Headers = headers,
        };
        var context = new CheckContext(request, "0")
        {
            IsByok = true,
            Policy = new()
            {
                Name = "openai",
                Options = new() { Byok = ByokMode.Allow },
                Provider = new(),
                Subjects = SubjectType.Account,
                IssuedTokens = new(new Secret(MasterKey), []),
            },
        };
        return new ByokStep().RunAsync(context, CancellationToken.None);
    }
}
