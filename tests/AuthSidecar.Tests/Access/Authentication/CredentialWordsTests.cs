using AuthSidecar.Access.Credentials;

namespace AuthSidecar.Tests.Access.Authentication;

public sealed class CredentialWordsTests
{
    [Theory]
    [InlineData("", "")]
    [InlineData(" ", "")]
    [InlineData("sk-1", "sk-1|sk-1")]
    [InlineData("Bearer  sk-1\tx", "Bearer|sk-1|x|Bearer|sk-1|x")]
    [InlineData("Token token=\"sk-1\",a;b", "Token|token=\"sk-1\",a;b|Token|token|sk-1|a|b")]
    [InlineData("=,;", "=,;")]
    public void Words_AreSplitAtBlanksAndThenAtEverySeparator(string value, string expected)
    {
        var words = new List<string>();
        foreach (var word in new CredentialWords(value))
        {
            words.Add(word.ToString());
        }

        Assert.Equal(expected, string.Join('|', words));
    }
}
