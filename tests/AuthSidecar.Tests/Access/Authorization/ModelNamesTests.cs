using AuthSidecar.Access.Authorization;
using AuthSidecar.Decisions.Providers;

namespace AuthSidecar.Tests.Access.Authorization;

public sealed class ModelNamesTests
{
    [Theory]
    [InlineData("/v1beta/models/gemini-pro:generateContent", "gemini-pro")]
    [InlineData("/v1beta/models/gemini-pro", "gemini-pro")]
    [InlineData("/v1/projects/p/locations/l/publishers/google/models/gemini-pro:predict", "gemini-pro")]
    [InlineData("/MODELS/a:b:c", "a:b")]
    [InlineData("/models/a/models/b:c", "a", "b")]
    [InlineData("/models/:verb", ":verb")]
    [InlineData("/v1beta/models")]
    [InlineData("/v1beta/models/")]
    [InlineData("/v1beta/mymodels/x")]
    [InlineData("/deployments/x/chat")]
    [InlineData("/v1beta/tunedModels/ours-1:generateContent", "ours-1")]
    public void Gemini(string path, params string[] names) => Assert.Equal(names, ModelNames.In(path, Dialect.Gemini));

    [Theory]
    [InlineData("/openai/deployments/gpt-4o/chat/completions", "gpt-4o")]
    [InlineData("/openai/DEPLOYMENTS/gpt-4o:x", "gpt-4o:x")]
    [InlineData("/openai/deployments")]
    [InlineData("/openai/models/gpt-4o")]
    public void Azure(string path, params string[] names) => Assert.Equal(names, ModelNames.In(path, Dialect.AzureOpenai));

    [Theory]
    [InlineData(Dialect.Openai)]
    [InlineData(Dialect.Anthropic)]
    [InlineData(Dialect.Copilot)]
    [InlineData(null)]
    internal void OtherDialects_HaveNoModelInThePath(Dialect? dialect) => Assert.Empty(ModelNames.In("/models/a/deployments/b", dialect));
}
