using AuthSidecar.Decisions.Policies;
using AuthSidecar.Decisions.Text;

namespace AuthSidecar.Tests.Decisions.Policies;

public sealed class ModelLimitsTests
{
    [Theory]
    [InlineData("gpt-5", "gpt-5")]
    [InlineData("gpt-5-mini", "gpt-5-*")]
    [InlineData("gpt-5x", "gpt-5*")]
    [InlineData("gpt-4-mini", "gpt-?-mini")]
    [InlineData("gpt-4o-mini", "gpt-*i")]
    [InlineData("gpt-4o", "gpt-*")]
    [InlineData("o3-mini", "*-mini")]
    [InlineData("o3", "*")]
    [InlineData("GPT-5", "*")]
    public void MostSpecificGlob_Decides(string model, string glob)
    {
        string[] globs = ["*", "*-mini", "gpt-*", "gpt-*i", "gpt-?-mini", "gpt-5*", "gpt-5-*", "gpt-5"];
        Assert.All([globs, [.. globs.Reverse()]], some => Assert.Equal(glob, ModelLimits.Of(some.Select(Limited))!.Find(model)!.Glob));
    }

    [Fact]
    public void GlobsOfEqualLengths_DecideInTheOrderOfTheirCharacters() =>
        Assert.All(
            (string[][])
                [
                    ["a*b?", "a?b*", "a*?b"],
                    ["a*?b", "a?b*", "a*b?"],
                ],
            globs => Assert.Equal("a*?b", ModelLimits.Of(globs.Select(Limited))!.Find("axbb")!.Glob)
        );

    [Fact]
    public void GlobWithoutALimit_LiftsALessSpecificOnes()
    {
        var limits = ModelLimits.Of([Limited("*"), new("gpt-5*")])!;

        Assert.Null(limits.Find("gpt-5"));
        Assert.Equal("*", limits.Find("gpt-4")!.Glob);
    }

    [Fact]
    public void WithoutAMatch_ThereIsNoLimit() => Assert.Null(ModelLimits.Of([Limited("gpt-5*")])!.Find("o3"));

    [Fact]
    public void WithoutAnyLimit_ThereAreNone()
    {
        Assert.Null(ModelLimits.Of([]));
        Assert.Null(ModelLimits.Of([new("*")]));
        Assert.Null(ModelLimits.OfPolicy(new NameList<ModelLimitOptions> { "gpt-5*" }));
        Assert.Null(ModelLimits.OfPolicy(Options(new())));
    }

    [Fact]
    public void Options_SetEachNumberThatIsNot0()
    {
        var minute = TimeSpan.FromMinutes(1);

        Assert.Equal(
            new("*")
            {
                Permits = 3,
                Window = minute,
                TokenWindow = minute,
            },
            Find(new() { Permits = 3 })
        );
        Assert.Equal(
            new("*")
            {
                Tokens = 3,
                Window = minute,
                TokenWindow = minute,
            },
            Find(new() { Tokens = 3 })
        );
        Assert.Equal(
            new("*")
            {
                Parallel = 3,
                Window = minute,
                TokenWindow = minute,
            },
            Find(new() { Parallel = 3 })
        );

        static ModelLimit? Find(ModelLimitOptions options) => ModelLimits.OfPolicy(Options(options))!.Find("any");
    }

    private static ModelLimit Limited(string glob) => new(glob) { Permits = 1, Window = TimeSpan.FromMinutes(1) };

    private static NameList<ModelLimitOptions> Options(ModelLimitOptions options)
    {
        var globs = new NameList<ModelLimitOptions>();
        globs.BecomeObject()["*"] = options;
        globs.Add("*");
        return globs;
    }
}
