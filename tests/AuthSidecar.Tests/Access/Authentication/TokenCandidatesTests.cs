using AuthSidecar.Access.Credentials;

namespace AuthSidecar.Tests.Access.Authentication;

public sealed class TokenCandidatesTests
{
    [Theory]
    [InlineData("", "")]
    [InlineData(" ", "")]
    [InlineData("sk-1", "sk-1|sk-1")]
    [InlineData("Bearer  sk-1\tx", "Bearer|sk-1|x|Bearer|sk-1|x")]
    [InlineData("Token token=\"sk-1\",a;b", "Token|token=\"sk-1\",a;b|Token|token|sk-1|a|b")]
    [InlineData("=,;", "=,;")]
    public void Values_AreSplitAtBlanksAndThenAtEverySeparator(string value, string expected)
    {
        var candidates = new List<string>();
        foreach (var candidate in new TokenCandidates(value))
        {
            candidates.Add(candidate.ToString());
        }

        Assert.Equal(expected, string.Join('|', candidates));
    }
}
